# 合并账号
merge-title = 合并账号
merge-nothing = 现在没有等待合并的账号。
merge-found = 您刚才核验的证件属于另一个账号。如果那个账号也是您本人的，可以把现在这个账号并入那个账号。
merge-what = 合并以后，账号 { $username } 会关闭，在所有服务中退出登录，今后请使用另一个账号登录。密码、手机号码和授权记录不会转移。合并不能撤销。
merge-begin = 开始合并
merge-wished = 请在 15 分钟内登录那个账号，登录后会请您确认。
merge-sign-in = 登录另一个账号
merge-confirm = 账号 { $other } 请求并入您现在的账号 { $username }。只有两个账号都是您本人的，才可以确认。
merge-submit = 确认合并
merge-decline = 不合并
merge-again = 请先重新登录
merge-again-what = 合并账号需要您在两个账号中都刚刚登录过。
merge-again-do = 重新登录
merge-done = 两个账号已经合并
merge-done-what = 今后请只使用现在这个账号登录。
