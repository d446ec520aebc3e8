//! The wire of the session exchange: `errcode`, `errmsg`, `data`.
//!
//! The field's own list of codes is not public. These are the platform's; `docs/ERRORS.md` lists them for those who connect.

use serde_json::{Value, json};

use super::FacadeError;

/// `session_ctl.expire_time`: how long the login of a session counts, in seconds.
pub const LOGIN_SECONDS: u64 = 6000;

/// `session_ctl.realname_expire_time`: how long a proof of the real name counts as checked just now, in seconds.
pub const REALNAME_SECONDS: u64 = 300;

/// The code of an error, and what it says.
#[must_use]
pub const fn code(error: &FacadeError) -> (u32, &'static str) {
    match error {
        FacadeError::Format(_) => (40001, "参数格式不正确"),
        FacadeError::UnknownService => (40101, "接入方不存在"),
        FacadeError::NotGranted => (40102, "接入方未开通本接口"),
        FacadeError::Suspended => (40103, "接入方已停用"),
        FacadeError::Signature => (40104, "签名不正确"),
        FacadeError::Clock => (40105, "签名时间超出允许范围"),
        FacadeError::Replayed => (40106, "请求重复"),
        FacadeError::NotATicket => (40301, "授权码不正确"),
        FacadeError::TicketOver => (40302, "授权码已失效"),
        FacadeError::OthersTicket => (40303, "授权码不属于该接入方"),
        FacadeError::TokenOver => (40304, "令牌或会话已失效"),
        FacadeError::NobodyToTell => (40305, "用户信息不可用"),
        FacadeError::Engine(_) => (50000, "系统繁忙，请稍后重试"),
    }
}

/// The answer, whichever it is.
#[must_use]
pub fn enveloped(answered: Result<Value, &FacadeError>) -> Value {
    match answered {
        Ok(data) => json!({"errcode": 0, "errmsg": "成功", "data": data}),
        Err(error) => {
            let (code, text) = code(error);
            json!({"errcode": code, "errmsg": text, "data": null})
        }
    }
}
