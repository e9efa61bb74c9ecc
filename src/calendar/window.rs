//! Windows of open hours within a day, and the words for weekdays.

use std::fmt;

use chrono::Weekday;

use crate::scalar::{Scalar, ScalarProblem, half_width, refuse_long};

/// Seconds of a civil day.
pub(super) const DAY: u32 = 86_400;

/// Open hours from a start to an end, in seconds after local midnight; an overnight window ends after 24:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    // INVARIANT: start < DAY, start < end <= start + DAY.
    start: u32,
    end: u32,
}

impl Window {
    /// A window of seconds after local midnight; nothing unless it starts within the day, is not empty and at most a day long.
    pub fn new(start: u32, end: u32) -> Option<Window> {
        (start < DAY && start < end && end <= start + DAY).then_some(Window { start, end })
    }

    /// Reads `09:00-12:00`, `08:00-24:00`, or overnight `22:00-06:00`.
    ///
    /// # Errors
    /// Any other notation; the fix is offered where one is clear.
    pub fn parse(text: &str) -> Scalar<Window> {
        let text = text.trim();
        refuse_long(text)?;
        let Some((start, end)) = clock_times(text) else {
            let fixed = Some(loose(text)).filter(|fixed| clock_times(fixed).is_some());
            return Err(ScalarProblem::new("scalar-not-a-window", [text]).suggest_maybe(fixed));
        };
        if start == end {
            return Err(ScalarProblem::new("scalar-window-empty", [text]).suggest("00:00-24:00"));
        }
        let end = if end < start { end + DAY } else { end };
        Window::new(start, end).ok_or_else(|| ScalarProblem::new("scalar-not-a-window", [text]))
    }

    /// The first second, after local midnight of its day.
    pub fn start(self) -> u32 {
        self.start
    }

    /// The end, after local midnight of its day; the window is open until just before it.
    pub fn end(self) -> u32 {
        self.end
    }
}

/// Writes `09:00-12:00`; an overnight window as `22:00-06:00`.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.end > DAY { self.end - DAY } else { self.end };
        let clock = |seconds: u32| (seconds / 3600, seconds / 60 % 60);
        let ((from_hour, from_minute), (to_hour, to_minute)) = (clock(self.start), clock(end));
        write!(f, "{from_hour:02}:{from_minute:02}-{to_hour:02}:{to_minute:02}")
    }
}

/// Reads the windows of a day; `closed` and an empty list are no windows.
///
/// # Errors
/// As for [`Window::parse`], with the index of the text at fault.
pub fn day_windows<S: AsRef<str>>(texts: &[S]) -> Result<Vec<Window>, (usize, ScalarProblem)> {
    if let [only] = texts
        && matches!(only.as_ref().trim(), "closed" | "休息")
    {
        return Ok(Vec::new());
    }
    let read = texts.iter().enumerate();
    let mut windows = read
        .map(|(idx, text)| Window::parse(text.as_ref()).map_err(|problem| (idx, problem)))
        .collect::<Result<Vec<_>, _>>()?;
    windows.sort_unstable();
    Ok(windows)
}

/// Reads weekdays: `mon`, `mon-fri`, `sat-mon` (across the week's end), `周一`, `周一至周五`.
///
/// # Errors
/// Any other word.
pub fn weekdays(text: &str) -> Scalar<Vec<Weekday>> {
    refuse_long(text)?;
    let plain = text.trim().to_ascii_lowercase();
    let halves = ["-", "至", "到"].iter().find_map(|dash| plain.split_once(dash));
    let (first, last) = halves.unwrap_or((&plain, &plain));
    let (Some(first), Some(last)) = (weekday(first.trim()), weekday(last.trim())) else {
        return Err(ScalarProblem::new("scalar-not-weekdays", [text.trim()]));
    };
    let mut days = vec![first];
    let mut day = first;
    while day != last {
        day = day.succ();
        days.push(day);
    }
    Ok(days)
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "mon" | "monday" | "周一" | "星期一" => Weekday::Mon,
        "tue" | "tuesday" | "周二" | "星期二" => Weekday::Tue,
        "wed" | "wednesday" | "周三" | "星期三" => Weekday::Wed,
        "thu" | "thursday" | "周四" | "星期四" => Weekday::Thu,
        "fri" | "friday" | "周五" | "星期五" => Weekday::Fri,
        "sat" | "saturday" | "周六" | "星期六" => Weekday::Sat,
        "sun" | "sunday" | "周日" | "星期日" | "周天" | "星期天" => Weekday::Sun,
        _ => return None,
    })
}

fn clock_times(text: &str) -> Option<(u32, u32)> {
    let (start, end) = text.split_once('-')?;
    let (start, end) = (clock_time(start)?, clock_time(end)?);
    (start < DAY).then_some((start, end))
}

fn clock_time(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let two = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !two(hour) || !two(minute) {
        return None;
    }
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    let valid = minute < 60 && (hour < 24 || (hour == 24 && minute == 0));
    valid.then_some(hour * 3600 + minute * 60)
}

/// The text as it should have been written: half-width, a plain dash, hours of two digits.
fn loose(text: &str) -> String {
    let plain = half_width(text).replace(['–', '—', '~', '至', '到'], "-").replace(' ', "");
    let padded = plain
        .split('-')
        .map(|time| if time.find(':') == Some(1) { format!("0{time}") } else { time.to_owned() });
    padded.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows() {
        for (text, start, end) in [
            ("09:00-12:00", 9 * 3600, 12 * 3600),
            ("08:00-24:00", 8 * 3600, DAY),
            ("00:00-24:00", 0, DAY),
            ("22:00-06:00", 22 * 3600, 30 * 3600),
            ("18:30-00:00", 18 * 3600 + 1800, DAY),
        ] {
            let window = Window::parse(text).unwrap();
            assert_eq!((window.start(), window.end()), (start, end), "{text}");
            assert_eq!(Window::parse(&window.to_string()), Ok(window));
        }
        let rows: [(&str, &str, &[&str]); 8] = [
            ("9:00-12:00", "scalar-not-a-window", &["09:00-12:00"]),
            ("09：00－12：00", "scalar-not-a-window", &["09:00-12:00"]),
            ("09:00 至 12:00", "scalar-not-a-window", &["09:00-12:00"]),
            ("09:00–12:00", "scalar-not-a-window", &["09:00-12:00"]),
            ("24:00-06:00", "scalar-not-a-window", &[]),
            ("09:60-12:00", "scalar-not-a-window", &[]),
            ("09:00", "scalar-not-a-window", &[]),
            ("09:00-09:00", "scalar-window-empty", &["00:00-24:00"]),
        ];
        for (text, key, offered) in rows {
            let problem = Window::parse(text).unwrap_err();
            assert_eq!(
                (problem.message.key, problem.suggestions),
                (key, offered.iter().map(|s| (*s).to_owned()).collect()),
                "{text}"
            );
        }
    }

    #[test]
    fn windows_of_a_day() {
        assert_eq!(day_windows(&["closed"]), Ok(vec![]));
        assert_eq!(day_windows::<&str>(&[]), Ok(vec![]));
        let sorted = day_windows(&["13:00-18:00", "09:00-12:00"]).unwrap();
        assert_eq!(
            sorted.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["09:00-12:00", "13:00-18:00"]
        );
        assert_eq!(day_windows(&["09:00-12:00", "noon"]).unwrap_err().0, 1);
        assert_eq!(day_windows(&["09:00-12:00", "closed"]).unwrap_err().0, 1);
    }

    #[test]
    fn words_for_weekdays() {
        for (text, count, first) in [
            ("mon-fri", 5, Weekday::Mon),
            ("Sat", 1, Weekday::Sat),
            ("sat-mon", 3, Weekday::Sat),
            ("mon-sun", 7, Weekday::Mon),
            ("周一至周五", 5, Weekday::Mon),
            ("星期日", 1, Weekday::Sun),
        ] {
            let days = weekdays(text).unwrap();
            assert_eq!((days.len(), days[0]), (count, first), "{text}");
        }
        for text in ["", "day", "mon-", "mon,tue", "周八"] {
            assert_eq!(weekdays(text).unwrap_err().message.key, "scalar-not-weekdays", "{text}");
        }
    }
}
