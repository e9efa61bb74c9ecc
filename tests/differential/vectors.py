"""Random questions about calendars, answered by engines that are not ours: numpy, pandas, python-dateutil, zoneinfo.

Writes JSON lines. The same seed writes the same lines.

    python vectors.py SEED COUNT > vectors.jsonl

Calendars stand in lines of their own, before the questions that name them. Days are worked or not by weekday, holidays
and make-up days; numpy and pandas know no make-up days, so each gets a week of seven days and every day off as a holiday.

Where clocks are put forward and back, zoneinfo tells the offsets and plain datetime arithmetic does the rest, minute by
minute in UTC: a local time that is skipped names the first instant after the gap, one that comes twice the earlier.
"""

import json
import random
import sys
import zoneinfo
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

import numpy as np
import pandas as pd
from dateutil.relativedelta import relativedelta
from pandas.tseries.offsets import CustomBusinessHour

FIRST, LAST = date(2024, 1, 1), date(2027, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
# Windows of a day; the last one reaches over midnight.
WINDOWS = [
    [("09:00", "18:00")],
    [("09:00", "12:00"), ("13:00", "18:00")],
    [("08:30", "11:45"), ("12:15", "15:00"), ("15:20", "20:00")],
    [("00:00", "06:00"), ("22:00", "23:30")],
    [("22:00", "06:00")],
]

# The zones of the pinned tzdata, not those of the machine.
zoneinfo.reset_tzpath(to=())
UTC = timezone.utc
MINUTE = timedelta(minutes=1)
# Zone and years. By half an hour; at midnight, both ways; no more since 1991; never.
ZONES = [
    ("Europe/Berlin", 2024, 2027),
    ("America/New_York", 2024, 2027),
    ("Australia/Lord_Howe", 2024, 2027),
    ("America/Santiago", 2024, 2027),
    ("Africa/Cairo", 2024, 2027),
    ("Asia/Shanghai", 1985, 1992),
    ("Asia/Kathmandu", 2024, 2027),
]
NIGHT_WINDOWS = [
    [("22:00", "06:00")],
    [("00:00", "06:00"), ("22:00", "23:30")],
    [("01:30", "02:10"), ("02:20", "05:00")],
    [("02:15", "02:45"), ("23:15", "00:45")],
    [("09:00", "12:00"), ("13:00", "18:00")],
]


def calendar(rng, name):
    """A week of one to seven days, up to forty days off and eight make-up days."""
    week = sorted(rng.sample(range(7), rng.randint(1, 7)))
    off = set(rng.sample(DAYS, rng.randint(0, 40)))
    weekend = [day for day in DAYS if day.weekday() not in week and day not in off]
    made_up = set(rng.sample(weekend, min(len(weekend), rng.randint(0, 8))))
    windows = rng.choice(WINDOWS)
    closed = [day for day in DAYS if (day.weekday() not in week and day not in made_up) or day in off]
    line = {
        "kind": "calendar",
        "name": name,
        "week": week,
        "holidays": sorted(map(str, off)),
        "make_up": sorted(map(str, made_up)),
        "windows": [f"{start}-{end}" for start, end in windows],
    }
    days = np.busdaycalendar(weekmask="1111111", holidays=np.array(closed, dtype="datetime64[D]"))
    return line, days, windows, closed


def ask_days(rng, name, days):
    """numpy: the n-th working day after or before a date, how many there are, whether one is."""
    start = rng.choice(DAYS[500:-500])
    amount = rng.randint(1, 60)
    at = np.datetime64(start)
    other = start + timedelta(days=rng.randint(0, 300))
    return {
        "kind": "days",
        "calendar": name,
        "start": str(start),
        "amount": amount,
        "after": str(np.busday_offset(at, amount, roll="backward", busdaycal=days)),
        "before": str(np.busday_offset(at, -amount, roll="forward", busdaycal=days)),
        "zero": str(np.busday_offset(at, 0, roll="forward", busdaycal=days)),
        "to": str(other),
        "count": int(np.busday_count(at, np.datetime64(other) + 1, busdaycal=days)),
        "working": bool(np.is_busday(at, busdaycal=days)),
    }


def ask_hours(rng, name, windows, closed):
    """pandas: so many hours of business time after an instant.

    Not after midnight in a shift that began before it: there pandas 3.1 skips days (2025-12-09 02:49 and 49 hours on an
    unbroken week of 22:00-06:00 gives 2025-12-22 03:49). Such starts are among those counted minute by minute.
    """
    start = datetime.combine(rng.choice(DAYS[500:-500]), datetime.min.time())
    overnight = any(end < begin for begin, end in windows)
    start += timedelta(minutes=rng.randrange(6 * 60 if overnight else 0, 24 * 60))
    amount = rng.randint(1, 60)
    hours = CustomBusinessHour(
        amount,
        start=[window[0] for window in windows],
        end=[window[1] for window in windows],
        weekmask="1111111",
        holidays=[np.datetime64(day) for day in closed],
    )
    return {
        "kind": "hours",
        "calendar": name,
        "start": start.isoformat(),
        "amount": amount,
        "due": (pd.Timestamp(start) + hours).to_pydatetime().isoformat(),
    }


def ask_minutes(rng, name, windows, closed):
    """Counted here, one minute after the other."""
    start = datetime.combine(rng.choice(DAYS[500:-500]), datetime.min.time())
    start += timedelta(minutes=rng.randrange(24 * 60))
    amount = rng.randint(1, 600)
    closed = set(closed)

    def is_open(at):
        for back in (0, 1):
            if at.date() - timedelta(days=back) in closed:
                continue
            for begin, end in windows:
                begin, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (begin, end))
                end += 24 * 60 if end < begin else 0
                if begin <= at.hour * 60 + at.minute + 24 * 60 * back < end:
                    return True
        return False

    at, counted = start, 0
    while counted < amount:
        counted += is_open(at)
        at += timedelta(minutes=1)
    return {"kind": "minutes", "calendar": name, "start": start.isoformat(), "amount": amount, "due": at.isoformat()}


def ask_months(rng):
    """dateutil: the same day so many weeks, months, quarters or years on, or the month's last."""
    start = rng.choice(DAYS[:500])
    unit, amount = rng.choice([("days", 300), ("weeks", 40), ("months", 24), ("quarters", 8), ("years", 2)])
    amount = rng.randint(1, amount)
    step = {
        "days": relativedelta(days=amount),
        "weeks": relativedelta(weeks=amount),
        "months": relativedelta(months=amount),
        "quarters": relativedelta(months=3 * amount),
        "years": relativedelta(years=amount),
    }[unit]
    return {"kind": "months", "start": str(start), "unit": unit, "amount": amount, "end": str(start + step)}


@lru_cache(maxsize=None)
def first_instant(zone, local):
    """The instant that a local time of whole minutes names, in UTC."""
    zone = zoneinfo.ZoneInfo(zone)
    there = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    found = [at for at in there if at.astimezone(zone).replace(tzinfo=None) == local]
    if found:
        return min(found)
    at = min(there)
    while at.astimezone(zone).replace(tzinfo=None) < local:
        at += MINUTE
    return at


@lru_cache(maxsize=None)
def named(zone, local):
    """How many instants a local time names."""
    zone = zoneinfo.ZoneInfo(zone)
    there = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return len([at for at in there if at.astimezone(zone).replace(tzinfo=None) == local])


def stamp(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def local_of(zone, at):
    return at.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)


class Shifts:
    """The windows of every day of some years in a zone, without some days off."""

    def __init__(self, rng, name, zone, years, windows):
        self.zone, self.windows = zone, windows
        first, last = date(years[0], 1, 1), date(years[1], 12, 31)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        self.days = days[20:-40]
        noon = [datetime.combine(day, time(12), tzinfo=zoneinfo.ZoneInfo(zone)).utcoffset() for day in self.days]
        self.changes = [day for day, one, other in zip(self.days[1:], noon, noon[1:]) if one != other]
        nights = [datetime.combine(day, time()) - timedelta(hours=2) for day in self.changes]
        minutes = [night + n * MINUTE for night in nights for n in range(8 * 60)]
        self.odd = [minute for minute in minutes if named(zone, minute) != 1]
        around = [day + timedelta(days=rng.randint(-2, 2)) for day in self.changes]
        self.off = set(rng.sample(around, len(around) // 4)) | set(rng.sample(self.days, 20))
        self.line = {
            "kind": "zone_calendar",
            "name": name,
            "zone": zone,
            "first": str(first),
            "last": str(last),
            "windows": [f"{start}-{end}" for start, end in windows],
            "holidays": sorted(map(str, self.off)),
        }

    def local(self, rng):
        """A local time, mostly on or beside a day on which the clocks change, often one that is skipped or comes twice."""
        if self.odd and rng.random() < 0.3:
            return rng.choice(self.odd)
        day = rng.choice(self.days)
        if self.changes and rng.random() < 0.9:
            day = rng.choice(self.changes) + timedelta(days=rng.choice([-1, 0, 0, 0, 1]))
        minute = rng.randrange(4 * 60) if rng.random() < 0.6 else rng.randrange(24 * 60)
        return datetime.combine(day, time()) + timedelta(minutes=minute)

    def stretch(self, day, window):
        start, end = (datetime.combine(day, time.fromisoformat(clock)) for clock in window)
        end += timedelta(days=end < start)
        return first_instant(self.zone, start), first_instant(self.zone, end)

    def is_open(self, at):
        day = local_of(self.zone, at).date()
        for day in (day - timedelta(days=1), day, day + timedelta(days=1)):
            if day not in self.off:
                for window in self.windows:
                    start, end = self.stretch(day, window)
                    if start <= at < end:
                        return True
        return False


def ask_zone(rng, name, shifts):
    """One question of each kind about a zone."""
    zone, local = shifts.zone, shifts.local(rng)
    at = first_instant(zone, local)
    line = {"kind": "zone_time", "zone": zone, "local": local.isoformat(), "at": stamp(at)}
    yield {**line, "named": named(zone, local)}

    # The later one of a time that comes twice is a start as well.
    later = local.replace(tzinfo=zoneinfo.ZoneInfo(zone), fold=1).astimezone(UTC)
    start = rng.choice([at, max(at, later)])
    amount = rng.randint(1, 80)
    wall = local_of(zone, start + timedelta(hours=amount))
    yield {"kind": "zone_wall", "calendar": name, "start": stamp(start), "amount": amount, "local": wall.isoformat()}

    amount = rng.randint(0, 9)
    day = local_of(zone, start).date() + timedelta(days=amount)
    end = first_instant(zone, datetime.combine(day + timedelta(days=1), time())) - timedelta(seconds=1)
    yield {"kind": "zone_days", "calendar": name, "start": stamp(start), "amount": amount, "end": stamp(end)}

    amount, day, counted = rng.randint(1, 6), local_of(zone, start).date(), 0
    while counted < amount:
        day += timedelta(days=1)
        counted += day not in shifts.off
    close = max(shifts.stretch(day, window)[1] for window in shifts.windows)
    yield {"kind": "zone_working", "calendar": name, "start": stamp(start), "amount": amount, "close": stamp(close)}

    minutes, end = 0, start
    for _ in range(rng.randint(1, 36 * 60)):
        minutes += shifts.is_open(end)
        end += MINUTE
    yield {"kind": "zone_between", "calendar": name, "start": stamp(start), "to": stamp(end), "minutes": minutes}

    amount, counted, due = rng.randint(1, 600), 0, start
    while counted < amount:
        counted += shifts.is_open(due)
        due += MINUTE
    yield {"kind": "zone_due", "calendar": name, "start": stamp(start), "amount": amount, "due": stamp(due)}


def zones(seed, count):
    rng = random.Random(f"{seed} zones")
    for zone, *years in ZONES:
        for number, windows in enumerate(NIGHT_WINDOWS):
            name = f"{zone} {number}"
            shifts = Shifts(rng, name, zone, years, windows)
            print(json.dumps(shifts.line))
            for _ in range(count):
                for line in ask_zone(rng, name, shifts):
                    print(json.dumps(line))


def main(seed, count):
    rng = random.Random(seed)
    calendars = max(4, count // 400)
    for number in range(calendars):
        line, days, windows, closed = calendar(rng, f"c{number}")
        print(json.dumps(line))
        for number in range(count // calendars):
            if number % 4 == 0:
                print(json.dumps(ask_minutes(rng, line["name"], windows, closed)))
            print(json.dumps(ask_days(rng, line["name"], days)))
            print(json.dumps(ask_hours(rng, line["name"], windows, closed)))
            print(json.dumps(ask_months(rng)))
    zones(seed, max(1, count // 80))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
