//! `polyptych inspect`: what files hold.

use std::fmt::Write;
use std::path::Path;

use polyptych::Timestamp;
use polyptych_recorder::media::{self, Contents, Reach, SoundTrack, Survey, TrackKind, VideoTrack, survey};
use serde_json::{Value, json};

use crate::args::{InspectArgs, InspectFormat};
use crate::failure::{self, Failure, Outcome};
use crate::output;
use crate::placement::printable;

/// Tells what each file holds; those that cannot be read are told of last.
pub fn inspect(args: &InspectArgs) -> Outcome {
    let reach = Reach::allowing_outside(args.allow_outside);
    let mut failed = None;
    for path in &args.files {
        match look(path, reach) {
            Ok(found) => tell(args.format, path, &found)?,
            Err(error) => {
                failure::tell(&format!("{}\n", printable(&error.to_string())));
                failed.get_or_insert(Failure::unreadable(path.display(), "see above"));
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

/// What a file holds, track by track.
struct Found {
    contents: Contents,
    video: Option<Survey>,
    sound: Option<Survey>,
}

fn look(path: &Path, reach: Reach) -> Result<Found, media::MediaError> {
    let contents = media::probe(path, reach)?;
    let video = contents.video.as_ref().map(|_| survey(path, reach, TrackKind::Video)).transpose()?;
    let sound = contents.sound.as_ref().map(|_| survey(path, reach, TrackKind::Sound)).transpose()?;
    Ok(Found { contents, video, sound })
}

fn tell(format: InspectFormat, path: &Path, found: &Found) -> Outcome {
    match format {
        InspectFormat::Text => output::print_styled(&printable_lines(&text(path, found))),
        InspectFormat::Json => output::print(&output::json(&value(path, found))?),
    }
}

fn printable_lines(text: &str) -> String {
    text.lines().map(|line| printable(line).to_string() + "\n").collect()
}

fn text(path: &Path, found: &Found) -> String {
    let mut text = format!("{}: {:?}\n", path.display(), found.contents.container);
    if let Some(began) = &found.contents.began {
        let _ = writeln!(text, "  began  {began}");
    }
    if let (Some(track), Some(survey)) = (&found.contents.video, &found.video) {
        let _ = writeln!(text, "  video  {}", video_line(track, survey));
        tell_survey(&mut text, survey);
    }
    if let (Some(track), Some(survey)) = (&found.contents.sound, &found.sound) {
        let _ = writeln!(text, "  sound  {}", sound_line(track, survey));
        tell_survey(&mut text, survey);
    }
    if found.video.is_none() && found.sound.is_none() {
        text.push_str("  neither video nor sound\n");
    }
    for remark in &found.contents.remarks {
        let _ = writeln!(text, "  remark {remark}");
    }
    text
}

fn video_line(track: &VideoTrack, survey: &Survey) -> String {
    let mut parts = vec![format!("{:?}", track.codec)];
    if let Some(size) = track.size {
        parts.push(format!("{}x{}", size.width(), size.height()));
    }
    if track.rotation.degrees() != 0 {
        parts.push(format!("turned by {}°", track.rotation.degrees()));
    }
    if let Some((num, den)) = track.pixel_aspect.filter(|(num, den)| num != den) {
        parts.push(format!("pixels {num}:{den}"));
    }
    parts.push(format!("{} pictures, {} keyframes", survey.packet_count, survey.key_count));
    if let Some(step) = survey.usual_step.filter(|step| !step.is_zero()) {
        let rate = if survey.is_variable { "variable, mostly " } else { "" };
        parts.push(format!("{rate}{:.2} a second", 1.0 / step.as_secs_f64()));
    }
    parts.join(", ")
}

fn sound_line(track: &SoundTrack, survey: &Survey) -> String {
    let channels = match track.channels {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        count => format!("{count} channels"),
    };
    format!("{:?}, {} Hz, {channels}, {} packets", track.codec, track.sample_rate, survey.packet_count)
}

fn tell_survey(text: &mut String, survey: &Survey) {
    if let (Some(from), Some(to)) = (survey.from, survey.to) {
        let _ = writeln!(text, "         from {} to {}", seconds(from), seconds(to));
    }
    for (from, to) in &survey.gaps {
        let _ = writeln!(text, "         nothing from {} to {}", seconds(*from), seconds(*to));
    }
    let untold = survey.gap_count - survey.gaps.len() as u64;
    if untold > 0 {
        let _ = writeln!(text, "         and {untold} more gaps");
    }
    if survey.change_count > 0 {
        let _ = writeln!(text, "         size, rotation or parameters change {} times", survey.change_count);
    }
    if survey.failure_count > 0 {
        let _ = writeln!(text, "         {} packets cannot be read", survey.failure_count);
    }
}

/// `61.2 s`.
fn seconds(at: Timestamp) -> String {
    format!("{:.3} s", at.as_nanos() as f64 / 1e9)
}

fn value(path: &Path, found: &Found) -> Value {
    let video = found.contents.video.as_ref().zip(found.video.as_ref()).map(|(track, survey)| {
        let mut value = survey_value(survey);
        value["codec"] = json!(format!("{:?}", track.codec));
        value["width"] = json!(track.size.map(|size| size.width()));
        value["height"] = json!(track.size.map(|size| size.height()));
        value["rotation"] = json!(track.rotation.degrees());
        value["pixel_aspect"] = json!(track.pixel_aspect.map(|(num, den)| [num, den]));
        value
    });
    let sound = found.contents.sound.as_ref().zip(found.sound.as_ref()).map(|(track, survey)| {
        let mut value = survey_value(survey);
        value["codec"] = json!(format!("{:?}", track.codec));
        value["sample_rate"] = json!(track.sample_rate);
        value["channels"] = json!(track.channels);
        value
    });
    json!({
        "file": path.display().to_string(),
        "container": format!("{:?}", found.contents.container),
        "began": found.contents.began.map(|began| began.to_string()),
        "video": video,
        "sound": sound,
        "remarks": found.contents.remarks,
    })
}

fn survey_value(survey: &Survey) -> Value {
    let seconds = |at: Timestamp| at.as_nanos() as f64 / 1e9;
    json!({
        "packets": survey.packet_count,
        "keyframes": survey.key_count,
        "bytes": survey.byte_count,
        "from_seconds": survey.from.map(seconds),
        "to_seconds": survey.to.map(seconds),
        "usual_step_seconds": survey.usual_step.map(|step| step.as_secs_f64()),
        "is_variable": survey.is_variable,
        "gaps": survey.gaps.iter().map(|(from, to)| [seconds(*from), seconds(*to)]).collect::<Vec<_>>(),
        "gap_count": survey.gap_count,
        "changes": survey.change_count,
        "unreadable_packets": survey.failure_count,
    })
}
