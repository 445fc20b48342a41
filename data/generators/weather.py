"""A simulated weather station whose best possible forecast is known.

The station writes hourly rows with the columns of the Jena climate file. Its temperature is

    T = season + amplitude x day cycle + anomaly + noise

The *season* is a cosine over the year, the *amplitude* of the day cycle is large under a clear
sky, and the *noise* is Gaussian and remembers a little of itself from hour to hour. The rest is
the work of *fronts*, which come every other day and bring air from the sea (west) or from the
land (east). Sea air is cloudy, mild in winter and cool in summer; land air is clear, cold in
winter and hot in summer. What a front has brought, the *anomaly*, fades in a few days.

A front announces itself APPROACH hours ahead: the pressure falls the closer it comes, the wind
turns to where it comes from and rises the stronger it is. So whoever knows the state of the
weather knows every front of the next APPROACH hours, and the temperature up to then is Gaussian
around a mean that `forecast` gives. No method that sees only the past can have a lower mean
absolute error on average than this mean, since it is the median too.
"""

from typing import NamedTuple

import numpy as np

COLUMNS = (
    *("p (mbar)", "T (degC)", "Tpot (K)", "Tdew (degC)", "rh (%)", "VPmax (mbar)"),
    *("VPact (mbar)", "VPdef (mbar)", "sh (g/kg)", "H2OC (mmol/mol)", "rho (g/m**3)"),
    *("wv (m/s)", "max. wv (m/s)", "wd (deg)"),
)
DECIMALS = (2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 2, 2, 1)  # as in the Jena file
START = np.datetime64("2021-01-01T00", "h")
HOURS = 26_280  # three years

MEMORY = 0.98  # share of the anomaly that is left after an hour
NOISE = 1.4  # degC, standard deviation of the short-lived ups and downs
NOISE_MEMORY = 0.6  # share of them that is left after an hour
STEP = 6.0  # degC, what the strongest front brings at the height of summer or winter
PASSAGE = 12  # hours that a front takes to pass
APPROACH = 30  # hours from its first sign to its passage
BETWEEN = (42, 66)  # hours from one front to the next


class State(NamedTuple):
    """What decides the weather, each of shape (T,); `forecast` needs no more than this.

    times: datetime64[h]; anomaly, noise: degC; cloud: 0 to 1; hours_to_front: int, until the
    front begins to pass, 0 and below while it passes, APPROACH + 1 where none is announced;
    origin: 1 sea, -1 land, 0 where none is announced; strength: 0 to 1.
    """

    times: np.ndarray
    anomaly: np.ndarray
    noise: np.ndarray
    cloud: np.ndarray
    hours_to_front: np.ndarray
    origin: np.ndarray
    strength: np.ndarray


def simulate(seed, hours=HOURS, *, start=START):
    """Run the station.

    seed: int; hours: int, T; start: datetime64 -> measurements float (T, 14), in the order and
    with the decimals of COLUMNS, and the State (T,). Raises ValueError for fewer than 2 hours.
    """
    if hours < 2:
        raise ValueError(f"hours is {hours}: a series of at least 2 is meant")
    random = np.random.default_rng(seed)
    times = np.datetime64(start, "h") + np.arange(hours)
    state = _weather(random, times)
    return _measure(random, state), state


def forecast(state, horizon):
    """Tell the best possible forecast of T from every hour.

    state: State (T,), horizon: int, hours ahead, from 1 to APPROACH -> float (T,), degC: entry t
    is the mean, and the median, of T at t + horizon. Around it the truth is Gaussian with the
    standard deviation `spread(horizon)`. Raises ValueError for another horizon: the fronts that
    will have passed by then are not all announced.
    """
    if not 1 <= horizon <= APPROACH:
        raise ValueError(f"horizon is {horizon}: from 1 to {APPROACH} hours can be told ahead")
    anomaly, cloud, noise = state.anomaly, state.cloud, state.noise * NOISE_MEMORY**horizon
    for ahead in range(1, horizon + 1):
        since = ahead - state.hours_to_front
        anomaly = MEMORY * anomaly + _push(state, since, ahead)
        cloud = _cloud(cloud, state, since)
    return _temperature(state.times + horizon, anomaly, cloud) + noise


def spread(horizon):
    """Tell the standard deviation of the truth around `forecast`: horizon: int -> float, degC.

    Times sqrt(2 / pi) it is the mean absolute error of `forecast`.
    """
    return NOISE * np.sqrt(1 - NOISE_MEMORY ** (2 * horizon))


FAULTS = ("spike", "offset", "loose contact", "stuck")  # numbered from 1 in the column `fault`


def plant_faults(values, *, first, seed, rounds=5):
    """Damage a clean series as broken thermometers do.

    values: float (T,), hourly; first: int, no fault lies before it; `rounds` times each kind of
    FAULTS is planted, in random order, at least a day apart -> the damaged values, float (T,), and
    what is wrong with each: int (T,), 0 for nothing, else 1 + the place in FAULTS. A spike lasts
    one hour, the others 12 to 30. Raises ValueError if there is no room for them.
    """
    random = np.random.default_rng(seed)
    kinds = random.permutation(np.repeat(np.arange(len(FAULTS)), rounds))
    room = (len(values) - first) // len(kinds)
    if room < 60:
        raise ValueError(
            f"{len(kinds)} faults in {len(values) - first} hours: give each at least 60, by a "
            "longer series, an earlier `first` or fewer rounds"
        )
    damaged, faults = np.array(values, float), np.zeros(len(values), int)
    for number, kind in enumerate(kinds):
        begin = first + number * room + random.integers(room - 54)
        length = 1 if FAULTS[kind] == "spike" else random.integers(12, 31)
        where = slice(begin, begin + length)
        damaged[where] = _damage(random, FAULTS[kind], damaged[where])
        faults[where] = kind + 1
    return damaged, faults


def _damage(random, kind, values):
    """Replace the values of one fault: float (L,) -> float (L,)."""
    if kind == "stuck":
        return np.full(len(values), values[0])
    if kind == "loose contact":
        return values + 4 * random.standard_normal(len(values))
    return values + random.choice((-1, 1)) * random.uniform(7, 10)  # spike, offset


# ---------------------------------------------------------------- what drives the weather


def _winter(times):
    """1 in the middle of January, -1 in the middle of July: datetime64 (T,) -> float (T,)."""
    days = (times - START) / np.timedelta64(24, "h")
    return np.cos(2 * np.pi * (days - 15) / 365.25)


def _temperature(times, anomaly, cloud):
    """T in degC from its parts, each (T,) -> float (T,)."""
    hour = (times - START) / np.timedelta64(1, "h")
    return _season(times) + anomaly + _amplitude(cloud) * np.cos(2 * np.pi * (hour - 15) / 24)


def _season(times):
    """What is usual on this day of the year: datetime64 (T,) -> degC, float (T,)."""
    return 9 - 10 * _winter(times)


def _amplitude(cloud):
    """Half the distance from night to afternoon, which clouds dampen: (T,) -> degC, (T,)."""
    return 5 * (1 - 0.7 * cloud)


def _push(state, since, ahead=0):
    """What a front that began to pass `since` hours ago adds to the anomaly in this hour: degC."""
    contrast = _winter(state.times + ahead)
    passing = (since >= 0) & (since < PASSAGE)
    return passing * STEP / PASSAGE * contrast * state.origin * state.strength


def _cloud(cloud, state, since):
    """Move the cloud cover towards that of the new air, which it reaches as the front ends."""
    passing = (since >= 0) & (since < PASSAGE)
    after = 0.5 + 0.45 * state.origin * state.strength
    return cloud + np.where(passing, (after - cloud) / np.maximum(PASSAGE - since, 1), 0)


def _weather(random, times):
    """Draw the weather hour by hour -> State (T,)."""
    state = _fronts(random, times)
    state.noise[:] = _noise(random, len(times), NOISE, NOISE_MEMORY)
    push, since = _push(state, -state.hours_to_front), -state.hours_to_front
    anomaly, cloud = 0.0, 0.5
    for hour in range(len(times)):
        now = State(*(values[hour] for values in state))
        anomaly = MEMORY * anomaly + push[hour]
        cloud = float(_cloud(cloud, now, since[hour]))
        state.anomaly[hour], state.cloud[hour] = anomaly, cloud
    return state


def _fronts(random, times):
    """Draw the fronts -> State (T,) whose anomaly and cloud are still to be filled in."""
    count = len(times)
    hours = np.full(count, APPROACH + 1)
    origin, strength = np.zeros(count, int), np.zeros(count)
    front = random.integers(*BETWEEN)
    while front - APPROACH < count:
        shown = slice(max(front - APPROACH, 0), front + PASSAGE)
        hours[shown] = front - np.arange(count)[shown]
        origin[shown] = random.choice((-1, 1))
        strength[shown] = random.uniform(0.6, 1)
        front += random.integers(*BETWEEN)
    return State(times, *np.zeros((3, count)), hours, origin, strength)


# ---------------------------------------------------------------- what the station measures


def _measure(random, state):
    """Write down what the instruments show: State (T,) -> float (T, 14), rounded."""
    count = len(state.times)
    near = np.clip(1 - state.hours_to_front / APPROACH, 0, 1)  # 0 far, 1 as the front passes
    wind = 2.5 + 7 * _fading(near * state.strength) + _noise(random, count, 0.3, 0.8)
    wind = np.maximum(wind, 0.2)
    turn = 90 * _fading(state.origin * np.minimum(3 * near, 1)) + _noise(random, count, 5, 0.8)
    pressure = 992 - 16 * _fading(near) + _noise(random, count, 0.25, 0.9)
    t = _temperature(state.times, state.anomaly, state.cloud) + state.noise
    dew = _season(state.times) + state.anomaly + _noise(random, count, 0.2, 0.8)
    dew = np.minimum(dew - 1.2 * _amplitude(state.cloud) - 1, t - 0.1)  # clear air is dry
    gusts = wind * (1.5 + np.abs(_noise(random, count, 0.15, 0)))
    measured = _humidity(pressure.round(2), t.round(2), dew.round(2))
    rows = np.stack([*measured, wind, gusts, (180 + turn) % 360], axis=1)
    return np.stack([np.round(x, d) for x, d in zip(rows.T, DECIMALS, strict=True)], axis=1)


def _fading(values):
    """Let a signal stay as it is while it grows, and fade by a fifth an hour afterwards: (T,)."""
    faded = np.array(values, float)
    for hour in range(1, len(faded)):
        if values[hour] == 0:
            faded[hour] = 0.8 * faded[hour - 1]
    return faded


def _noise(random, count, deviation, memory):
    """Gaussian noise of a standard deviation that remembers a share of itself: float (T,)."""
    noise = deviation * random.standard_normal(count)
    for hour in range(1, count):
        noise[hour] = memory * noise[hour - 1] + np.sqrt(1 - memory**2) * noise[hour]
    return noise


def _humidity(p, t, dew):
    """Columns 1 to 11 from pressure (mbar), temperature and dew point (degC), each (T,).

    Vapour pressure by the Magnus formula with the constants of Alduchov and Eskridge (1996); the
    density adds dry air and vapour as ideal gases.
    """
    most, vapour = (6.1094 * np.exp(17.625 * x / (x + 243.04)) for x in (t, dew))
    kelvin = t + 273.15
    density = 1e5 * ((p - vapour) / 287.05 + vapour / 461.5) / kelvin  # g/m**3, from mbar
    specific = 622 * vapour / (p - 0.378 * vapour)
    potential = kelvin * (1000 / p) ** 0.286
    humidity = 100 * vapour / most
    mole = 1000 * vapour / p
    return p, t, potential, dew, humidity, most, vapour, most - vapour, specific, mole, density
