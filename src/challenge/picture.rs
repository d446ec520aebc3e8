//! Digits drawn as a picture: black on white, tilted, shaken and crossed by lines; one bit a point, as a PNG without a
//! compressor (RFC 2083, stored blocks of RFC 1951).

/// Points on a side.
const WIDTH: usize = 400;
const HEIGHT: usize = 128;

/// Five by seven, a row a byte, the leftmost point the highest of five bits.
const GLYPHS: [[u8; 7]; 10] = [
    [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e],
    [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e],
    [0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f],
    [0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e],
    [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02],
    [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e],
    [0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e],
    [0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08],
    [0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e],
    [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c],
];

/// A row of points, true where it is black.
struct Canvas(Vec<bool>);

impl Canvas {
    fn dot(&mut self, x: i64, y: i64) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x < WIDTH
            && y < HEIGHT
            && let Some(point) = self.0.get_mut(y * WIDTH + x)
        {
            *point = true;
        }
    }

    fn block(&mut self, (x, y): (i64, i64), side: i64) {
        for dy in 0..side {
            for dx in 0..side {
                self.dot(x + dx, y + dy);
            }
        }
    }
}

/// Small numbers that follow from the seed: the picture can be drawn again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }
}

/// The picture of `digits`, as PNG.
pub(super) fn draw(digits: &str, seed: u64) -> Vec<u8> {
    let mut canvas = Canvas(vec![false; WIDTH * HEIGHT]);
    let mut chance = Chance(seed);
    for (place, digit) in (0_i64..).zip(digits.bytes()) {
        let Some(rows) = GLYPHS.get(usize::from(digit.wrapping_sub(b'0'))) else { continue };
        let (left, top) = (16 + place * 76 + chance.below(12), 8 + chance.below(24));
        let (side, lean) = (10 + chance.below(3), chance.below(9) - 4);
        for (row, bits) in (0_i64..).zip(rows) {
            for column in (0..5_i64).filter(|column| bits >> (4 - column) & 1 == 1) {
                let x = left + column * side + lean * (3 - row) / 2 + chance.below(3) - 1;
                canvas.block((x, top + row * side + chance.below(3) - 1), side);
            }
        }
    }
    for _ in 0..4 {
        let (from, to) = (chance.below(128), chance.below(128));
        for x in 0..400_i64 {
            canvas.block((x, from + (to - from) * x / 400), 3);
        }
    }
    png(&canvas)
}

fn png(canvas: &Canvas) -> Vec<u8> {
    let mut raw = Vec::with_capacity(HEIGHT * (WIDTH / 8 + 1));
    for row in canvas.0.chunks(WIDTH) {
        raw.push(0);
        raw.extend(
            row.chunks(8).map(|eight| {
                eight.iter().enumerate().fold(0_u8, |byte, (at, black)| byte | u8::from(!black) << (7 - at))
            }),
        );
    }
    let mut out = vec![0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a];
    let size = |points: usize| u32::try_from(points).unwrap_or(0).to_be_bytes();
    let header = [&size(WIDTH)[..], &size(HEIGHT), &[1, 0, 0, 0, 0]].concat();
    chunk(&mut out, *b"IHDR", &header);
    chunk(&mut out, *b"IDAT", &zlib(&raw));
    chunk(&mut out, *b"IEND", &[]);
    out
}

/// A chunk: length, name, content, and a sum over the last two.
fn chunk(out: &mut Vec<u8>, name: [u8; 4], content: &[u8]) {
    out.extend(u32::try_from(content.len()).unwrap_or(0).to_be_bytes());
    let named = [&name[..], content].concat();
    out.extend(&named);
    out.extend(crc32(&named).to_be_bytes());
}

/// A zlib stream (RFC 1950) of stored blocks.
fn zlib(raw: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = raw.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(0);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let (low, high) = raw.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    out.extend((high << 16 | low).to_be_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_those_of_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(&zlib(b"Wikipedia")[16..], [0x11, 0xe6, 0x03, 0x98]);
    }

    #[test]
    fn every_digit_is_drawn_and_pictures_differ() {
        let blank = draw("", 1).len();
        for digit in '0'..='9' {
            assert_eq!(draw(&digit.to_string(), 1).len(), blank, "one bit a point");
            assert_ne!(draw(&digit.to_string(), 1), draw("", 1));
        }
        assert_ne!(draw("12345", 1), draw("12345", 2));
        assert_eq!(draw("12345", 7), draw("12345", 7));
    }
}
