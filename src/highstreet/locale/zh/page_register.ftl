# 收银台页面的文字。
register-title = 收银台
register-lead = 可以接待下一位顾客。
