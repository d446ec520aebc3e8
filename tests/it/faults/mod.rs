//! What a node does when something around it is slow, gone, hostile or too much.

mod demo_process;
mod denial_of_service;
mod few_connections;
mod graceful_end;
mod personal_data;
mod store_gone;
mod two_processes;
mod two_serves;
