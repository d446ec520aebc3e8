//! temporary
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
#[tokio::main]
async fn main() {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(std::env::var("RUST_LOG").unwrap_or("info".into())))
        .init();
    let a: Vec<String> = std::env::args().collect();
    let get = |n: &str| a.iter().position(|x| x == n).and_then(|i| a.get(i + 1)).cloned();
    if a.get(1).map(String::as_str) == Some("keys") {
        let config = hufu::config::Config::load(get("--config").map(std::path::PathBuf::from).as_deref(), &[]).unwrap();
        let app = hufu::app::App::build(config).await.unwrap();
        for alg in [hufu::proto::jose::SigningAlg::RS256, hufu::proto::jose::SigningAlg::ES256] {
            app.keys.rotate_now(alg, hufu::keys::rotation::Haste::AtOnce).await.unwrap();
        }
        return;
    }
    let options = hufu::demo::DemoOptions {
        dir: get("--dir").unwrap_or("var/demo".into()).into(),
        port_base: get("--port-base").and_then(|s| s.parse().ok()).unwrap_or(9000),
        tls: a.iter().any(|x| x == "--tls"),
    };
    let check = a.iter().any(|x| x == "--check");
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
    match hufu::demo::start(&options).await {
        Ok(demo) => {
            if check {
                if let Err(e) = hufu::demo::check::run(&demo, |l| println!("{l}")).await {
                    println!("MISS {e}");
                }
            } else {
                tokio::select! { _ = tokio::signal::ctrl_c() => {}, _ = term.recv() => {} }
            }
            demo.stop().await
        }
        Err(e) => eprintln!("{e}"),
    }
}
