//! Images that a request names, over loopback.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use image::{ImageFormat, Rgb, RgbImage};

use super::{BLUE, GREEN, RED, Studio};

/// Serves one colour as BMP to all who ask, and gives the address.
fn serve(color: [u8; 3]) -> String {
    let mut file = std::io::Cursor::new(Vec::new());
    RgbImage::from_pixel(16, 16, Rgb(color)).write_to(&mut file, ImageFormat::Bmp).expect("encoded");
    let body = file.into_inner();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4096]);
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    format!("http://{address}/image.bmp?token=SECRET")
}

/// Section 4: a refused address is a notice without its query, and the frame comes.
#[test]
fn frame_shows_the_background_image_once_private_addresses_are_allowed() {
    let studio = Studio::new();
    let request = format!(r#"{{"backgroundImage": "{}"}}"#, serve(GREEN));
    assert_eq!(studio.composed("--canvas 32x32 --allow-private", &request).get_pixel(16, 16).0, GREEN);

    let run = studio.frame("--canvas 32x32 -o plain.png", &request).exits_with(0);
    assert!(run.stderr.contains("warning") && run.stderr.contains("image.bmp"), "{}", run.stderr);
    assert!(run.stderr.contains("--allow-private"), "{}", run.stderr);
    assert!(!run.stderr.contains("SECRET"), "{}", run.stderr);
    assert_eq!(super::open(&studio.path("plain.png")).to_rgb8().get_pixel(16, 16).0, [0, 0, 0]);
}

/// Section 3: the image shows for who stopped more than 3.5 s ago and, at once, for who sends none.
#[test]
fn frame_shows_the_image_of_who_stopped_or_sends_none() {
    let studio = Studio::new();
    studio.paint("red.png", (16, 16), RED);
    let request = format!(r#"{{"mixedVideoLayout": 1, "defaultUserBackgroundImage": "{}"}}"#, serve(BLUE));
    let flags = "--canvas 64x32 --allow-private --user 1=red.png --user 2";
    let frame = studio.composed(flags, &request);
    assert_eq!([frame.get_pixel(16, 16).0, frame.get_pixel(48, 16).0], [RED, BLUE]);
    let frame = studio.composed(&format!("{flags} --stalled 1"), &request);
    assert_eq!([frame.get_pixel(16, 16).0, frame.get_pixel(48, 16).0], [BLUE, BLUE]);
    // Without an image the last frame stays.
    let frame = studio.composed(&format!("{flags} --stalled 1"), super::BEST_FIT);
    assert_eq!(frame.get_pixel(16, 16).0, RED);
}
