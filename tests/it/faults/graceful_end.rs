//! `hufu serve` that is told to end while a request is under way: nothing new is taken, what was begun is answered, and the
//! process leaves in order.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::Process;

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

const BODY: &str = "grant_type=client_credentials&client_id=nobody&client_secret=none";

async fn serve(folder: &std::path::Path) -> Process {
    let settings = [
        ("server.issuer", "http://127.0.0.1:9000"),
        ("server.request_seconds", "60"),
        ("server.drain_seconds", "60"),
        ("keys.master", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"),
    ];
    Process::serve(folder, &settings.map(|(key, value)| (key.to_owned(), value.to_owned()))).await
}

/// A connection on which the node has asked for the body of a request, and got the first half of it.
async fn begun(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /oauth2/token HTTP/1.1\r\nhost: 127.0.0.1:9000\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        BODY.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    timeout(PATIENCE, stream.read_exact(&mut go_on)).await.expect("the node asks for the body").unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&BODY.as_bytes()[..BODY.len() / 2]).await.unwrap();
    stream
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_process_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let process = serve(folder.path()).await;
    let address = process.address();
    let mut under_way = begun(address).await;
    process.must_end().await;
    timeout(PATIENCE, async { while TcpStream::connect(address).await.is_ok() {} })
        .await
        .expect("nothing new is taken");
    under_way.write_all(&BODY.as_bytes()[BODY.len() / 2..]).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, under_way.read_to_string(&mut answer)).await.expect("it is answered").unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(answer.contains(r#""error":"invalid_client""#), "{answer}");
    process.leaves().await;
}
