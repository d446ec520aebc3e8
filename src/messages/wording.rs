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
        Body::Notice { kind, at } => {
            let (at, what) = (moment(*at), notice_text(*kind, english));
            // What a register says is not what somebody did in the account.
            if *kind == NoticeKind::RepresentativeChanged {
                if english {
                    format!("{what}, as found at {at} (Beijing time). Sign in to see your companies.")
                } else {
                    format!("经登记机关核对（{at}），您{what}。请登录后在“我的单位”中查看。")
                }
            } else if english {
                format!("{what} at {at} (Beijing time). If this was not you, change your password at once.")
            } else {
                format!("您的账号于 {at} {what}。如果不是您本人操作，请立即修改密码。")
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
        (CodePurpose::Guardian, false) => "未成年人请您担任监护人，请仅在孩子身边时输入",
        (CodePurpose::Guardian, true) => "to become a child's guardian; enter it only beside the child",
    }
}

const fn notice_text(kind: NoticeKind, english: bool) -> &'static str {
    match (kind, english) {
        (NoticeKind::NewDevice, false) => "在新设备上登录",
        (NoticeKind::NewDevice, true) => "Your account was signed in to on a new device",
        (NoticeKind::FactorAdded, false) => "添加了登录验证方式",
        (NoticeKind::FactorAdded, true) => "A way to verify your sign-in was added",
        (NoticeKind::FactorRemoved, false) => "移除了登录验证方式",
        (NoticeKind::FactorRemoved, true) => "A way to verify your sign-in was removed",
        (NoticeKind::MobileChanged, false) => "变更了手机号",
        (NoticeKind::MobileChanged, true) => "The mobile number of your account was changed",
        (NoticeKind::PasswordChanged, false) => "修改了密码",
        (NoticeKind::PasswordChanged, true) => "The password of your account was changed",
        (NoticeKind::RecoveryUsed, false) => "使用恢复码登录",
        (NoticeKind::RecoveryUsed, true) => "A recovery code of your account was used",
        (NoticeKind::DataExported, false) => "导出了个人信息",
        (NoticeKind::DataExported, true) => "The data of your account was exported",
        (NoticeKind::ClosingAsked, false) => "申请了注销，等待期内登录即可撤回",
        (NoticeKind::ClosingAsked, true) => "Closing your account was asked for (sign in to take it back)",
        (NoticeKind::ClosingCancelled, false) => "撤回了注销申请",
        (NoticeKind::ClosingCancelled, true) => "Closing your account was taken back",
        (NoticeKind::Closed, false) => "已注销",
        (NoticeKind::Closed, true) => "Your account was closed",
        (NoticeKind::CorrectionDecided, false) => "收到更正申请的答复，请登录账号中心查看",
        (NoticeKind::CorrectionDecided, true) => "Your correction request was answered (see your account)",
        (NoticeKind::GuardianAsked, false) => "收到一名未成年人的监护人请求，请登录账号中心处理",
        (NoticeKind::GuardianAsked, true) => "A child asked you to be its guardian (see your account)",
        (NoticeKind::GuardianEnded, false) => "解除了监护人同意",
        (NoticeKind::GuardianEnded, true) => "A guardian's agreement was ended",
        (NoticeKind::AccountsMerged, false) => "与您的另一个账号合并",
        (NoticeKind::AccountsMerged, true) => "Your account was brought together with another one of yours",
        (NoticeKind::RepresentativeChanged, false) => "所属单位的法定代表人有变更",
        (NoticeKind::RepresentativeChanged, true) => {
            "The register names another legal representative for a company of yours"
        }
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
            for purpose in
                [CodePurpose::SignIn, CodePurpose::SecondFactor, CodePurpose::VerifyMobile, CodePurpose::Guardian]
            {
                let text =
                    message(locale, Body::Code { purpose, code: Secret::new("012345"), minutes: 5 }).text(&names);
                assert!(text.contains("012345") && text.contains(sender) && text.chars().count() <= 140, "{text}");
            }
            for kind in NoticeKind::ALL {
                let text = message(locale, Body::Notice { kind, at }).text(&names);
                assert!(text.contains("2026-11-24 14:40") && text.chars().count() <= 180, "{text}");
                assert!(!text.contains("http"), "{text}");
            }
        }
    }
}
