//! As light a client as will do, so that the load program does not take the server's processor: HTTP/1.1 over one kept
//! connection, answers with `content-length` only.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A kept connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    host: String,
}

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its head, as text.
    pub head: String,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

impl Connection {
    /// Opens a connection.
    pub async fn open(address: SocketAddr) -> Self {
        Self::try_open(address).await.expect("a connection")
    }

    /// Opens a connection, if somebody listens.
    pub async fn try_open(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Self { stream, buffer: Vec::with_capacity(16 * 1024), host: format!("localhost:{}", address.port()) })
    }

    /// `GET path`, with further header lines (each ended by CRLF).
    pub async fn get(&mut self, path: &str, headers: &str) -> Answer {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{headers}\r\n", self.host);
        self.exchange(request).await
    }

    /// `POST path` with a form.
    pub async fn post(&mut self, path: &str, headers: &str, body: &str) -> Answer {
        self.post_as("application/x-www-form-urlencoded", path, headers, body).await
    }

    /// `POST path` with a body of this type.
    pub async fn post_as(&mut self, kind: &str, path: &str, headers: &str, body: &str) -> Answer {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n{headers}\r\n{body}",
            self.host,
            body.len()
        );
        self.exchange(request).await
    }

    async fn exchange(&mut self, request: String) -> Answer {
        self.stream.write_all(request.as_bytes()).await.expect("the request is sent");
        self.buffer.clear();
        loop {
            if let Some(answer) = self.whole() {
                return answer;
            }
            let read = self.stream.read_buf(&mut self.buffer).await.expect("an answer");
            assert!(read > 0, "the server closed the connection");
        }
    }

    fn whole(&self) -> Option<Answer> {
        let end = self.buffer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&self.buffer[..end]).expect("a head");
        let length = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(n, _)| n.eq_ignore_ascii_case("content-length"));
        let length: usize = length.map_or(0, |(_, value)| value.parse().expect("a length"));
        let body = self.buffer.get(end + 4..end + 4 + length)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Some(Answer { status, head: head.to_owned(), body: body.to_vec() })
    }
}
