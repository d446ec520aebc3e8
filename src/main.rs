//! temporary
#[tokio::main]
async fn main() {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::new("info,hufu=debug")).init();
    let a: Vec<String> = std::env::args().collect();
    let options = hufu::demo::DemoOptions { dir: a.get(1).cloned().unwrap_or("var/demo".into()).into(), port_base: a.get(2).and_then(|s| s.parse().ok()).unwrap_or(9000), tls: a.get(3).is_some() };
    match hufu::demo::start(&options).await { Ok(demo) => { let _ = tokio::signal::ctrl_c().await; demo.stop().await } Err(e) => eprintln!("{e}") }
}
