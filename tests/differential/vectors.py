"""Random questions about calendars, answered by engines that are not ours: numpy, pandas, python-dateutil.

Writes JSON lines. The same seed writes the same lines.

    python vectors.py SEED COUNT > vectors.jsonl

Calendars stand in lines of their own, before the questions that name them. Days are worked or not by weekday, holidays
and make-up days; numpy and pandas know no make-up days, so each gets a week of seven days and every day off as a holiday.
"""

import json
import random
import sys
from datetime import date, datetime, timedelta

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


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
