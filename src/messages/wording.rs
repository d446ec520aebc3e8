//! The texts, Chinese and English: short, saying who speaks, what happened and what to do. No links: people learn not to
//! follow them in messages.

use time::OffsetDateTime;
use time::macros::{format_description, offset};

use super::{Body, CodePurpose, Message, NoticeKind};
use crate::base::Timestamp;

/// A moment in Beijing time.
pub(super) fn moment(at: Timestamp) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    let then = OffsetDateTime::from_unix_timestamp(at.seconds()).ok();
    then.and_then(|utc| utc.to_offset(offset!(+8)).format(format).ok()).unwrap_or_default()
}

pub(super) fn text(message: &Message, sender: &str) -> String {
    let english = message.locale == "en";
    let said = match &message.body {
        Body::Code { purpose, code, minutes } => {
            let (code, what) = (code.expose(), purpose_text(*purpose, english));
            // This one is typed on the child's page: it is the only one that may be told, and to nobody but the child.
            if *purpose == CodePurpose::Guardian && english {
                format!("{code} is your code {what}. Good for {minutes} minutes.")
            } else if *purpose == CodePurpose::Guardian {
                format!("验证码 {code}：{what}，{minutes} 分钟内有效。不认识这个孩子请勿理会。")
            } else if english {
                format!("{code} is your code {what}. Good for {minutes} minutes. Tell it to nobody, staff included.")
            } else {
                format!("验证码 {code}，用于{what}，{minutes} 分钟内有效。请勿告诉任何人，工作人员也不会向您索要。")
            }
        }
        Body::Notice { kind, at, code } => {
            let (what, advice) = (notice_text(*kind, english), advice(*kind, english));
            let code = code.as_ref().map_or("", |code| code.expose());
            let at = moment(*at);
            if english {
                format!("{what} at {at} (Beijing time). {advice}{code}")
            } else {
                format!("{what}（{at}）。{advice}{code}")
            }
        }
    };
    if english { format!("[{sender}] {said}") } else { format!("【{sender}】{said}") }
}

const fn purpose_text(purpose: CodePurpose, english: bool) -> &'static str {
    match (purpose, english) {
        (CodePurpose::SignIn, false) => "登录",
        (CodePurpose::SignIn, true) => "to sign in",
        (CodePurpose::SecondFactor, false) => "二次验证",
        (CodePurpose::SecondFactor, true) => "for two-step verification",
        (CodePurpose::VerifyMobile, false) => "验证手机号",
        (CodePurpose::VerifyMobile, true) => "to verify your mobile number",
        (CodePurpose::Recover, false) => "找回账号",
        (CodePurpose::Recover, true) => "to recover an account",
        (CodePurpose::Guardian, false) => "未成年人请您担任监护人，请仅在孩子身边时输入",
        (CodePurpose::Guardian, true) => "to become a child's guardian; enter it only beside the child",
    }
}

#[expect(clippy::too_many_lines, reason = "a table")]
const fn notice_text(kind: NoticeKind, english: bool) -> &'static str {
    match (kind, english) {
        (NoticeKind::NewDevice, false) => "您的账号在新设备上登录",
        (NoticeKind::NewDevice, true) => "Your account was signed in to on a new device",
        (NoticeKind::FactorAdded, false) => "您的账号添加了登录验证方式",
        (NoticeKind::FactorAdded, true) => "A way to verify your sign-in was added",
        (NoticeKind::FactorRemoved, false) => "您的账号移除了登录验证方式",
        (NoticeKind::FactorRemoved, true) => "A way to verify your sign-in was removed",
        (NoticeKind::MobileChanged, false) => "您的账号变更了手机号",
        (NoticeKind::MobileChanged, true) => "The mobile number of your account was changed",
        (NoticeKind::PasswordChanged, false) => "您的账号修改了密码",
        (NoticeKind::PasswordChanged, true) => "The password of your account was changed",
        (NoticeKind::RecoveryUsed, false) => "您的账号使用了恢复码",
        (NoticeKind::RecoveryUsed, true) => "A recovery code of your account was used",
        (NoticeKind::LevelChanged, false) => "您账号的实名等级已变更",
        (NoticeKind::LevelChanged, true) => "The real-name level of your account was changed",
        (NoticeKind::SignedOutEverywhere, false) => "您的账号已在其他设备上退出登录",
        (NoticeKind::SignedOutEverywhere, true) => "Your account was signed out on other devices",
        (NoticeKind::RecoveryBegun, false) => "有人申请找回您的账号",
        (NoticeKind::RecoveryBegun, true) => "Somebody applied to recover your account",
        (NoticeKind::RecoveryCancelled, false) => "找回您账号的申请已取消",
        (NoticeKind::RecoveryCancelled, true) => "The application to recover your account was cancelled",
        (NoticeKind::RecoveryFinished, false) => "您的账号已找回并设置了新密码，原有登录均已退出",
        (NoticeKind::RecoveryFinished, true) => "Your account was recovered and has a new password",
        (NoticeKind::AgentInvited, false) => "有单位邀请经办人，与您的账号有关",
        (NoticeKind::AgentInvited, true) => "A company invited an agent; it concerns your account",
        (NoticeKind::AgentAccepted, false) => "经办人已接受单位的邀请，与您的账号有关",
        (NoticeKind::AgentAccepted, true) => "An agent accepted a company's invitation; it concerns your account",
        (NoticeKind::AgentRevoked, false) => "经办人的授权已终止，与您的账号有关",
        (NoticeKind::AgentRevoked, true) => "An agent's mandate ended; it concerns your account",
        (NoticeKind::AgentExpired, false) => "经办人的授权已到期，与您的账号有关",
        (NoticeKind::AgentExpired, true) => "An agent's mandate ran out; it concerns your account",
        (NoticeKind::AppealAccepted, false) => "您的申诉已通过",
        (NoticeKind::AppealAccepted, true) => "Your appeal was accepted",
        (NoticeKind::AppealRefused, false) => "您的申诉未通过",
        (NoticeKind::AppealRefused, true) => "Your appeal was refused",
        (NoticeKind::DataExported, false) => "您的账号导出了个人信息",
        (NoticeKind::DataExported, true) => "The data of your account was exported",
        (NoticeKind::ClosingAsked, false) => "您的账号申请了注销，等待期内登录即可撤回",
        (NoticeKind::ClosingAsked, true) => "Closing your account was asked for (sign in to take it back)",
        (NoticeKind::ClosingCancelled, false) => "您的账号撤回了注销申请",
        (NoticeKind::ClosingCancelled, true) => "Closing your account was taken back",
        (NoticeKind::Closed, false) => "您的账号已注销",
        (NoticeKind::Closed, true) => "Your account was closed",
        (NoticeKind::CorrectionDecided, false) => "您收到更正申请的答复，请登录账号中心查看",
        (NoticeKind::CorrectionDecided, true) => "Your correction request was answered (see your account)",
        (NoticeKind::GuardianAsked, false) => "您收到一名未成年人的监护人请求，请登录账号中心处理",
        (NoticeKind::GuardianAsked, true) => "A child asked you to be its guardian (see your account)",
        (NoticeKind::GuardianEnded, false) => "您账号的监护人同意已解除",
        (NoticeKind::GuardianEnded, true) => "A guardian's agreement was ended",
        (NoticeKind::AccountsMerged, false) => "您的账号与您的另一个账号合并",
        (NoticeKind::AccountsMerged, true) => "Your account was brought together with another one of yours",
        (NoticeKind::RepresentativeChanged, false) => "经登记机关核对，您所属单位的法定代表人有变更",
        (NoticeKind::RepresentativeChanged, true) => "The register names another representative of your company",
        (NoticeKind::MobileTaken, false) => "您账号的手机号已由另一个账号验证，不再属于您的账号",
        (NoticeKind::MobileTaken, true) => "The mobile number of your account now belongs to another account",
        (NoticeKind::AlwaysAskOff, false) => "您的账号关闭了每次登录的第二步验证",
        (NoticeKind::AlwaysAskOff, true) => "The second step at every sign-in was switched off",
        (NoticeKind::DeviceDistrusted, false) => "您的账号移除了一台受信任的设备",
        (NoticeKind::DeviceDistrusted, true) => "A trusted device of your account was removed",
        (NoticeKind::DeviceTrusted, false) => "您的账号信任了一台设备，在该设备登录时不再要求第二步验证",
        (NoticeKind::DeviceTrusted, true) => "Your account now trusts a device and asks for no second step there",
    }
}

/// What to do about it.
const fn advice(kind: NoticeKind, english: bool) -> &'static str {
    use NoticeKind::{
        AgentAccepted, AgentExpired, AgentInvited, AgentRevoked, AppealAccepted, AppealRefused, RecoveryBegun,
        RecoveryCancelled, RecoveryFinished, RepresentativeChanged,
    };
    match (kind, english) {
        (RecoveryBegun, false) => "如果不是您本人，请登录后取消，或在“找回账号”页面输入取消码：",
        (RecoveryBegun, true) => "Not you? Sign in and cancel it, or enter this code where accounts are recovered: ",
        (AgentInvited | AgentAccepted | AgentRevoked | AgentExpired | RepresentativeChanged, false) => {
            "详情请登录账号中心“我的单位”查看。"
        }
        (AgentInvited | AgentAccepted | AgentRevoked | AgentExpired | RepresentativeChanged, true) => {
            "Sign in and see My companies."
        }
        (AppealAccepted, false) => "请用申诉查询码在“找回账号”页面查看下一步。",
        (AppealAccepted, true) => "Enter your appeal code where accounts are recovered to see what comes next.",
        (AppealRefused, false) => "请携带有效证件到就近的政务服务大厅办理。",
        (AppealRefused, true) => "Please bring your document to a government service hall.",
        (RecoveryCancelled | RecoveryFinished, false) => "如果不是您本人操作，请尽快到就近的政务服务大厅处理。",
        (RecoveryCancelled | RecoveryFinished, true) => "If this was not you, please go to a government service hall.",
        (_, false) => "如果不是您本人操作，请立即修改密码。",
        (_, true) => "If this was not you, change your password at once.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Secret;
    use crate::realname::MobileNumber;

    fn message(locale: &str, body: Body) -> Message {
        let to = MobileNumber::parse("13800135021").unwrap();
        Message { to, locale: locale.into(), body, key: "k".into() }
    }

    #[test]
    fn a_text_says_who_speaks_and_fits_a_message() {
        let at = Timestamp(1_795_502_400_000);
        let names = super::super::Sender { zh_cn: "国家节点".into(), en: "National node".into() };
        for (locale, sender) in [("zh-CN", "国家节点"), ("en", "National node")] {
            for purpose in [
                CodePurpose::SignIn,
                CodePurpose::SecondFactor,
                CodePurpose::VerifyMobile,
                CodePurpose::Recover,
                CodePurpose::Guardian,
            ] {
                let text =
                    message(locale, Body::Code { purpose, code: Secret::new("012345"), minutes: 5 }).text(&names);
                assert!(text.contains("012345") && text.contains(sender) && text.chars().count() <= 140, "{text}");
            }
            for kind in NoticeKind::ALL {
                let code = (kind == NoticeKind::RecoveryBegun).then(|| Secret::new("0a1b2-c3d4e"));
                let text = message(locale, Body::Notice { kind, at, code: code.clone() }).text(&names);
                assert!(text.contains("2026-11-24 14:40") && text.chars().count() <= 220, "{text}");
                assert!(code.is_none_or(|code| text.ends_with(code.expose())), "{text}");
                assert!(!text.contains("http"), "{text}");
            }
        }
    }
}
