//! The stage that makes packets of canvases.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender};

use polyptych::PooledFrame;

use super::flow::Flow;
use super::stages::{Stage, StageTimes};
use super::ticks::Ticks;
use crate::encode::{EncodeError, EncodedPacket, TrackConfig, VideoEncoder};

/// A canvas and its tick, counted from the first one.
pub(super) struct Ticked {
    pub(super) tick: u64,
    pub(super) canvas: PooledFrame,
}

/// Where a video encoder's packets go: how they are coded first.
pub(super) struct Sender {
    configs: SyncSender<TrackConfig>,
    packets: SyncSender<EncodedPacket>,
    is_config_sent: bool,
}

impl Sender {
    pub(super) fn new(configs: SyncSender<TrackConfig>, packets: SyncSender<EncodedPacket>) -> Self {
        Self { configs, packets, is_config_sent: false }
    }

    /// Sends what an encoder has made; `false` where nobody takes it any more.
    fn send(
        &mut self,
        encoder: &dyn VideoEncoder,
        packets: &mut Vec<EncodedPacket>,
    ) -> Result<bool, EncodeError> {
        if !self.is_config_sent && !packets.is_empty() {
            let no_config = || silent(encoder.name(), "it gave packets and does not say how they are coded");
            let config = encoder.config().ok_or_else(no_config)?;
            self.is_config_sent = true;
            if self.configs.send(config).is_err() {
                return Ok(false);
            }
        }
        Ok(send_all(packets, &self.packets))
    }
}

/// The failure of an encoder that reports none.
pub(super) fn silent(encoder: String, problem: &str) -> EncodeError {
    EncodeError { encoder, problem: problem.to_owned() }
}

/// Encodes until the compositor ends, or nobody takes packets any more. Gives the encoder's name.
pub(super) fn encode(
    mut encoder: Box<dyn VideoEncoder>,
    canvases: &Receiver<Ticked>,
    sender: &mut Sender,
    flow: &Flow,
    times: &StageTimes,
) -> Result<String, EncodeError> {
    let mut packets = Vec::new();
    let mut ticks = Ticks::default();
    let mut has_canvas = false;
    for Ticked { tick, canvas } in canvases {
        flow.taken.fetch_add(1, Ordering::AcqRel);
        has_canvas = true;
        ticks.push(i64::try_from(tick).unwrap_or(i64::MAX));
        times.measure(Stage::Encode, || encoder.encode(canvas.view(), &mut packets))?;
        drop(canvas);
        flow.encoded.fetch_add(1, Ordering::AcqRel);
        packets.iter_mut().for_each(|packet| ticks.place(packet));
        if !sender.send(&*encoder, &mut packets)? {
            return Ok(encoder.name());
        }
    }
    times.measure(Stage::Encode, || encoder.finish(&mut packets))?;
    packets.iter_mut().for_each(|packet| ticks.place(packet));
    sender.send(&*encoder, &mut packets)?;
    if has_canvas && !sender.is_config_sent {
        return Err(silent(encoder.name(), "it was given canvases and gave no packet"));
    }
    Ok(encoder.name())
}

/// Hands packets on; `false` where nobody takes them any more.
pub(super) fn send_all(packets: &mut Vec<EncodedPacket>, out: &SyncSender<EncodedPacket>) -> bool {
    packets.drain(..).all(|packet| out.send(packet).is_ok())
}
