# 总部业务流程的拒绝（flows/errors.py）。

office-own_access = 不能取消自己的权限
    .detail = 任何人都不能取消自己的角色或账号，请让同事操作。
