# 每个页面共用的文字
brand = 统一身份认证
skip = 跳到正文
nav-label = 页面设置
nav-elder = 长者模式
nav-standard = 标准模式
cancel = 取消
continue = 继续
continue-to = 继续前往{ $service }
back-to = 返回{ $service }
to-home = 返回首页
to-account = 前往账号中心
leave = 不登录了，返回{ $service }
sentence-gap = { "" }
list-comma = 、
day-today = 今天
day-yesterday = 昨天
day-tomorrow = 明天

asking-line = { $service } 请求您登录
asking-level = 需要实名等级：{ $level }（{ $code }）
asking-policy = 服务方隐私政策
asking-terms = 服务方使用条款

level-title = 实名等级
level-l0 = 尚未实名
level-l1 = 本人填报，手机号已验证
level-l2 = 姓名与身份证号一致
level-l3 = 多项信息或人脸核验
level-l4 = 现场或证书核验

username = 账号
password = 密码
password-show = 显示
password-hide = 隐藏
password-again = 再次输入密码

problems-later = 现在不能继续
problems-title = 请检查以下内容
problem-too-many = 尝试过于频繁，请在 { $seconds } 秒后再试。
problem-busy = 当前使用的人较多，您的请求暂时没有处理。请稍等几秒再试一次。

claim-name = 真实姓名
claim-masked-name = 隐去姓氏的姓名
claim-level = 实名等级
claim-time = 实名核验时间
claim-user-type = 用户类型
claim-mobile = 手机号
claim-email = 电子邮箱
claim-address = 地址
claim-profile = 账号名和语言
claim-identity-number = 身份证号码
claim-face = 人脸核验结果
