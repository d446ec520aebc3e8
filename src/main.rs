//! temporary
#[tokio::main]
async fn main() {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::new(std::env::var("RUST_LOG").unwrap_or("info".into()))).init();
    let a: Vec<String> = std::env::args().collect();
    let options = hufu::demo::DemoOptions { dir: a.get(1).cloned().unwrap_or("var/demo".into()).into(), port_base: a.get(2).and_then(|s| s.parse().ok()).unwrap_or(9000), tls: a.iter().any(|x| x=="tls") };
    let check = a.iter().any(|x| x=="check");
    match hufu::demo::start(&options).await { Ok(demo) => { if check { if let Err(e) = hufu::demo::check::run(&demo, |l| println!("{l}")).await { println!("MISS {e}"); } } else { let _ = tokio::signal::ctrl_c().await; } demo.stop().await } Err(e) => eprintln!("{e}") }
}
