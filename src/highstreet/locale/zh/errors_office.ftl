# 总部业务流程的拒绝（flows/errors.py）。

office-own_access = 不能取消自己的权限
    .detail = 任何人都不能取消自己的角色或账号，请让同事操作。
office-login_ending = 登录名结尾不符
    .detail = { $ending ->
        [none] 本品牌的登录名不含 @，请换一个不含 @ 的登录名。
       *[other] 本品牌的登录名以 { $ending } 结尾，请换一个这样结尾的登录名。
    }
office-first_login_ending = 登录名需要独有的结尾
    .detail = 请以 @ 加上其他品牌登录名未使用的词结尾，例如 hq@nordlys。
