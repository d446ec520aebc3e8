//! The two wires of the ticket flow: the form with `result` and `errmsg`, and the gateway with `success` and `errorCode`.

use serde_json::{Map, Value, json};

use super::FacadeError;

/// `result` of a good answer.
pub const OK: &str = "0";

/// A result code of the form, and what it says.
#[must_use]
pub const fn result(error: &FacadeError) -> (&'static str, &'static str) {
    match error {
        FacadeError::TicketOver => ("6001", "st超时失效"),
        FacadeError::NotATicket => ("6002", "不是票据"),
        FacadeError::OthersTicket => ("6003", "st不属于该接入资源"),
        FacadeError::Format(_) => ("6004", "格式不对"),
        FacadeError::UnknownService => ("6099", "接入资源不存在"),
        FacadeError::NotGranted => ("6099", "接入资源未开通本接口"),
        FacadeError::Suspended => ("6099", "接入资源已停用"),
        FacadeError::Signature => ("6099", "签名不正确"),
        FacadeError::Clock => ("6099", "签名时间超出允许范围"),
        FacadeError::Replayed => ("6099", "请求重复"),
        FacadeError::TokenOver => ("6099", "令牌无效或已失效"),
        FacadeError::NobodyToTell => ("6099", "用户信息不可用"),
        FacadeError::Engine(_) => ("6099", "系统繁忙，请稍后重试"),
    }
}

/// The answer of the form when it refuses.
#[must_use]
pub fn refusal(error: &FacadeError) -> Value {
    let (code, text) = result(error);
    json!({"result": code, "errmsg": text})
}

/// The answer of the form when it does what it was asked: what it tells, with `result` and `errmsg` beside.
#[must_use]
pub fn granted(mut members: Map<String, Value>) -> Value {
    members.insert("result".to_owned(), json!(OK));
    members.insert("errmsg".to_owned(), json!("成功"));
    Value::Object(members)
}

/// What the gateway says of an error.
#[derive(Debug, PartialEq, Eq)]
pub enum Gateway {
    /// The gateway itself refuses, with HTTP status 401: `{message}`.
    Unauthorized(&'static str),
    /// What stands behind it: `{success, errorCode, errorMsg, data}`.
    Coded(&'static str, &'static str),
}

/// Who says no at the gateway, and in which words.
#[must_use]
pub const fn gateway(error: &FacadeError) -> Gateway {
    match error {
        FacadeError::UnknownService => Gateway::Unauthorized("Invalid access key"),
        FacadeError::NotGranted | FacadeError::Suspended => Gateway::Unauthorized("The route_id is forbidden."),
        FacadeError::Signature => Gateway::Unauthorized("Invalid signature"),
        FacadeError::Clock => Gateway::Unauthorized("Clock skew exceeded"),
        FacadeError::Replayed => Gateway::Unauthorized("Signature was used"),
        FacadeError::NotATicket | FacadeError::TicketOver | FacadeError::OthersTicket => {
            Gateway::Coded("C-USER-SSO-TICKET-INVALID", "票据无效或已失效")
        }
        FacadeError::TokenOver => Gateway::Coded("C-USER-SSO-TOKEN-INVALID", "令牌无效或已失效"),
        FacadeError::NobodyToTell => Gateway::Coded("C-USER-SSO-USER-EMPTY", "用户信息不可用"),
        FacadeError::Format(_) => Gateway::Coded("C-USER-SSO-PARAM-INVALID", "格式不对"),
        FacadeError::Engine(_) => Gateway::Coded("C-USER-SSO-SYSTEM-BUSY", "系统繁忙，请稍后重试"),
    }
}

/// The gateway's answer behind its own check.
#[must_use]
pub fn enveloped(answered: Result<Value, (&'static str, &'static str)>) -> Value {
    match answered {
        Ok(data) => json!({"success": true, "errorCode": "", "errorMsg": "", "data": data}),
        Err((code, text)) => json!({"success": false, "errorCode": code, "errorMsg": text, "data": null}),
    }
}
