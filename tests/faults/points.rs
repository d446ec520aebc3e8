//! Every named fail-point: the operation that passes it, the process that dies there, and what is left.

use super::operation::Done::{All, Nothing};
use super::operation::{Done, Operation};
use super::stage::Stage;

/// The fail-points, the operation that passes each, and how much of it must be there afterwards.
pub const POINTS: &[(&str, Operation, Done)] = &[
    ("register.before_commit", Operation::Register, Nothing),
    ("register.after_commit", Operation::Register, All),
    ("proof.before_commit", Operation::ProveName, Nothing),
    ("proof.after_commit", Operation::ProveName, All),
    ("signon.before_commit", Operation::SignIn, Nothing),
    ("signon.after_commit", Operation::SignIn, All),
    ("token.code.before_commit", Operation::RedeemCode, Nothing),
    ("token.code.after_commit", Operation::RedeemCode, All),
    ("token.code.before_answer", Operation::RedeemCode, All),
    ("token.refresh.before_commit", Operation::Refresh, Nothing),
    ("token.refresh.after_commit", Operation::Refresh, All),
    ("token.refresh.before_answer", Operation::Refresh, All),
    ("revoke.access.before_commit", Operation::RevokeAccess, Nothing),
    ("revoke.access.after_commit", Operation::RevokeAccess, All),
    ("revoke.family.before_commit", Operation::RevokeRefresh, Nothing),
    ("revoke.family.after_commit", Operation::RevokeRefresh, All),
    ("registration.before_commit", Operation::RegisterClient, Nothing),
    ("registration.after_commit", Operation::RegisterClient, All),
    ("logout.before_commit", Operation::LogOut, Nothing),
    ("logout.after_commit", Operation::LogOut, All),
    ("outbox.before_delivery", Operation::LogOut, All),
    ("outbox.after_delivery", Operation::LogOut, All),
    ("outbox.after_settle", Operation::LogOut, All),
    ("logout.all.before_commit", Operation::LogOutEverywhere, Nothing),
    ("logout.all.after_commit", Operation::LogOutEverywhere, All),
    ("password.before_commit", Operation::ChangePassword, Nothing),
    ("password.after_commit", Operation::ChangePassword, All),
    ("recovery.before_commit", Operation::Recover, Nothing),
    ("recovery.after_commit", Operation::Recover, All),
    ("closing.asked.before_commit", Operation::CloseAccount, Nothing),
    ("closing.asked.after_commit", Operation::CloseAccount, All),
    ("state.before_commit", Operation::Lock, Nothing),
    ("state.after_commit", Operation::Lock, All),
    ("delete.before_commit", Operation::Delete, Nothing),
    ("delete.after_commit", Operation::Delete, All),
    ("company.before_commit", Operation::RegisterCompany, Nothing),
    ("company.after_commit", Operation::RegisterCompany, All),
    ("mandate.end.before_commit", Operation::RevokeAgent, Nothing),
    ("mandate.end.after_commit", Operation::RevokeAgent, All),
    ("company.suspend.before_commit", Operation::SuspendCompany, Nothing),
    ("company.suspend.after_commit", Operation::SuspendCompany, All),
    ("merge.before_commit", Operation::MergeAccounts, Nothing),
    ("merge.after_commit", Operation::MergeAccounts, All),
    ("consent.before_commit", Operation::GiveConsent, Nothing),
    ("consent.after_commit", Operation::GiveConsent, All),
    ("consent.withdrawn.before_commit", Operation::WithdrawConsent, Nothing),
    ("consent.withdrawn.after_commit", Operation::WithdrawConsent, All),
    ("registration.update.before_commit", Operation::UpdateClient, Nothing),
    ("registration.update.after_commit", Operation::UpdateClient, All),
    ("client.suspend.before_commit", Operation::SuspendClient, Nothing),
    ("client.suspend.after_commit", Operation::SuspendClient, All),
    ("client.remove.before_commit", Operation::RemoveClient, Nothing),
    ("client.remove.after_commit", Operation::RemoveClient, All),
    ("logout.ordered.before_commit", Operation::EndSessions, Nothing),
    ("logout.ordered.after_commit", Operation::EndSessions, All),
    ("keys.before_commit", Operation::RotateKeys, Nothing),
    ("keys.after_commit", Operation::RotateKeys, All),
    ("trust.assertion.before_commit", Operation::Assert, Nothing),
    ("trust.assertion.after_commit", Operation::Assert, All),
    ("signon.below.before_commit", Operation::Enter, Nothing),
    ("signon.below.after_commit", Operation::Enter, All),
];

/// Dies at every point of these operations, and holds what is left against what must be.
async fn die_at_every_point_of(operations: &[Operation]) {
    let stage = Stage::set().await;
    for (point, operation, done) in POINTS.iter().filter(|(_, operation, _)| operations.contains(operation)) {
        println!("at {point}");
        die_at(&stage, point, *operation, *done).await;
    }
}

async fn die_at(stage: &Stage, point: &str, operation: Operation, done: Done) {
    stage.sink.forget();
    let (dir, process) = stage.begin(point, (!operation.is_a_command()).then_some(point));
    operation.fail(stage, &dir, point).await;
    if operation.is_a_command() {
        process.kill();
    } else {
        process.must_have_died();
    }
    let again = stage.restart(&dir);
    operation.check(stage, done).await;
    again.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_survive_a_crash_whole_or_not_at_all() {
    die_at_every_point_of(&[Operation::Register, Operation::ProveName, Operation::SignIn]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_survive_a_crash_and_a_code_never_buys_twice() {
    die_at_every_point_of(&[Operation::RedeemCode, Operation::Refresh, Operation::RegisterClient]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_revoked_stays_revoked_after_a_crash() {
    die_at_every_point_of(&[Operation::RevokeAccess, Operation::RevokeRefresh]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_survives_a_crash_and_reaches_everyone() {
    die_at_every_point_of(&[Operation::LogOut, Operation::LogOutEverywhere, Operation::ChangePassword]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_recovered_whole_or_not_at_all() {
    die_at_every_point_of(&[Operation::Recover]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_to_close_an_account_survives_a_crash_whole_or_not_at_all() {
    die_at_every_point_of(&[Operation::CloseAccount]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_command_that_dies_is_done_whole_or_not_at_all() {
    die_at_every_point_of(&[Operation::Lock, Operation::Delete, Operation::SuspendCompany]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_agreed_to_survives_a_crash_whole_or_not_at_all() {
    die_at_every_point_of(&[Operation::GiveConsent, Operation::WithdrawConsent]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn services_and_keys_change_whole_or_not_at_all() {
    die_at_every_point_of(&[
        Operation::UpdateClient,
        Operation::SuspendClient,
        Operation::RemoveClient,
        Operation::EndSessions,
        Operation::RotateKeys,
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn companies_and_their_agents_survive_a_crash_whole_or_not_at_all() {
    die_at_every_point_of(&[Operation::RegisterCompany, Operation::RevokeAgent]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_become_one_whole_or_not_at_all() {
    die_at_every_point_of(&[Operation::MergeAccounts]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_is_passed_up_counts_once_also_across_a_crash() {
    die_at_every_point_of(&[Operation::Assert, Operation::Enter]).await;
}
