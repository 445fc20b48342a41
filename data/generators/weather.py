"""A simulated weather station whose best possible forecast is known.

The station reports every STEP hours. Its temperature is

    T = season + amplitude x day cycle + anomaly + noise

The *season* is a cosine over the year. The *amplitude* of the day cycle and the size of the
*noise* are large under a clear sky and small under clouds. The rest is the work of *changes of
air*. Air comes from the sea (west) or from the land (east). Sea air is cloudy, mild in winter and
cool in summer; land air is clear, cold in winter and hot in summer. What a change has brought, the
*anomaly*, fades in a few days.

A change of air announces itself, and then keeps quiet. First a trough crosses the station: for
some hours the pressure dips, the wind freshens and blows from where the new air will come from.
Then nothing is to be seen, until the new air itself arrives DELAY steps later: the deeper the
trough, the sooner. So what decides tomorrow's temperature was on the instruments one to two days
ago, at no fixed hour, and is not there any more.

Even the quickest change takes longer than HORIZON steps from its trough to its arrival. So whoever
knows the state of the weather knows every change of the next HORIZON steps, and the temperature up
to then is Gaussian around a mean that `forecast` gives. The mean is the median too, so no method
that sees only the past can have a lower mean absolute error on average. The past shows the state:
at the bottom of a trough the barometer reads BASE less its depth, to the hundredth, and the wind
tells the side.
"""

from typing import NamedTuple

import numpy as np

COLUMNS = (
    "pressure (hPa)",
    "temperature (degC)",
    "dew point (degC)",
    "cloud cover (%)",
    "wind speed (m/s)",
    "wind direction (deg)",
)
DECIMALS = (2, 2, 2, 0, 2, 0)
START = np.datetime64("2014-01-01T00", "h")
STEP = 3  # hours from one report to the next
HORIZON = 8  # steps that can be told ahead: 24 hours
STEPS = 8 * 3652  # ten years

MEMORY = 0.94  # share of the anomaly that is left after a step
NOISE_MEMORY = 0.25  # share of the noise that is left after a step
NOISE = (1.8, 0.6)  # degC, its standard deviation under a clear and under an overcast sky
CHANGE = 7.0  # degC, what the strongest change brings at the height of summer or winter
PASSAGE = 4  # steps that the new air takes to fill the place
BASE = 1008.0  # hPa, the usual pressure
DEPTH = (5.0, 20.0)  # hPa, of a trough
DELAY = (17, 9)  # steps from the bottom of the shallowest and of the deepest trough to the new air
CALM = (2, 10)  # steps from the end of one change to the next trough
NONE = 99  # steps to the next arrival where none is announced


class State(NamedTuple):
    """What decides the weather, each of shape (T,); `forecast` needs no more than this.

    times: datetime64[h]; anomaly: degC; noise: in standard deviations; cloud: 0 to 1; wait: int,
    steps until the announced air begins to arrive, 0 and below while it arrives, NONE where none
    is announced; air: from -1, strong from land, to 1, strong from the sea.
    """

    times: np.ndarray
    anomaly: np.ndarray
    noise: np.ndarray
    cloud: np.ndarray
    wait: np.ndarray
    air: np.ndarray


class Trough(NamedTuple):
    """One trough: the step of its lowest pressure, its depth in hPa, the air that will follow."""

    bottom: int
    depth: float
    air: float


def simulate(seed, steps=STEPS, *, start=START):
    """Run the station.

    seed: int; steps: int, T; start: datetime64 -> measurements float (T, 6), in the order and
    with the decimals of COLUMNS, and the State (T,). Raises ValueError for fewer than 2 steps.
    """
    if steps < 2:
        raise ValueError(f"steps is {steps}: a series of at least 2 is meant")
    random = np.random.default_rng(seed)
    times = np.datetime64(start, "h") + STEP * np.arange(steps)
    troughs = _troughs(random, steps)
    state = _weather(random, times, troughs)
    return _measure(random, state, troughs), state


def forecast(state, lead):
    """Tell the best possible forecast of the temperature from every step.

    state: State (T,), lead: int, steps ahead, from 1 to HORIZON -> mean float (T,), degC: entry t
    is the mean, and the median, of the temperature at t + lead; and deviation float (T,), degC:
    around the mean the truth is Gaussian with this standard deviation. Raises ValueError for
    another lead: the changes up to then are not all announced.
    """
    if not 1 <= lead <= HORIZON:
        raise ValueError(f"lead is {lead}: from 1 to {HORIZON} steps can be told ahead")
    anomaly, cloud = state.anomaly, state.cloud
    for ahead in range(1, lead + 1):
        times, wait = state.times + STEP * ahead, state.wait - ahead
        anomaly = MEMORY * anomaly + _push(times, wait, state.air)
        cloud = cloud + _clouding(cloud, wait, state.air)
    known = NOISE_MEMORY**lead
    deviation = _noise_size(cloud)
    mean = _temperature(times, anomaly, cloud) + deviation * known * state.noise
    return mean, deviation * np.sqrt(1 - known**2)


FAULTS = ("spike", "offset", "loose contact", "stuck", "drift")  # numbered from 1 in the file
LONG = {"spike": (1, 1), "drift": (120, 160)}  # readings, least and most; the others last
LASTS = (6, 12)


def plant_faults(values, *, first, seed, rounds=5):
    """Damage a clean series as broken thermometers do.

    values: float (T,); first: int, no fault lies before it; `rounds` times each kind of FAULTS is
    planted, in random order, at least 20 readings apart -> the damaged values, float (T,), and
    what is wrong with each: int (T,), 0 for nothing, else 1 + the place in FAULTS. Raises
    ValueError if there is no room for them.
    """
    random = np.random.default_rng(seed)
    kinds = random.permutation(np.repeat(np.arange(len(FAULTS)), rounds))
    room = (len(values) - first) // len(kinds)
    least = max(most for _, most in LONG.values()) + 21
    if room < least:
        raise ValueError(
            f"{len(kinds)} faults in {len(values) - first} readings: give each at least {least}, "
            "by a longer series, an earlier `first` or fewer rounds"
        )
    damaged, faults = np.array(values, float), np.zeros(len(values), int)
    for number, kind in enumerate(kinds):
        shortest, longest = LONG.get(FAULTS[kind], LASTS)
        length = random.integers(shortest, longest + 1)
        begin = first + number * room + random.integers(room - length - 20)
        where = slice(begin, begin + length)
        damaged[where] = _damage(random, FAULTS[kind], damaged[where])
        faults[where] = kind + 1
    return damaged, faults


def _damage(random, kind, values):
    """Replace the values of one fault: float (L,) -> float (L,)."""
    if kind == "stuck":
        return np.full(len(values), values[0])
    if kind == "loose contact":
        return values + 5 * random.standard_normal(len(values))
    shift = random.choice((-1, 1)) * random.uniform(8, 12)
    if kind == "drift":  # and then the sensor is replaced
        return values + shift * np.linspace(0, 1, len(values))
    return values + shift  # spike, offset


# ---------------------------------------------------------------- what drives the weather


def _winter(times):
    """1 in the middle of January, -1 in the middle of July: datetime64 (T,) -> float (T,)."""
    days = (times - START) / np.timedelta64(24, "h")
    return np.cos(2 * np.pi * (days - 15) / 365.25)


def _temperature(times, anomaly, cloud):
    """T in degC, without its noise, from its parts, each (T,) -> float (T,)."""
    hour = (times - START) / np.timedelta64(1, "h")
    day = np.cos(2 * np.pi * (hour - 15) / 24)  # warmest at 15:00
    return _season(times) + anomaly + _amplitude(cloud) * day


def _season(times):
    """What is usual on this day of the year: datetime64 (T,) -> degC, float (T,)."""
    return 9 - 10 * _winter(times)


def _amplitude(cloud):
    """Half the distance from night to afternoon, which clouds dampen: (T,) -> degC, (T,)."""
    return 5 * (1 - 0.7 * cloud)


def _noise_size(cloud):
    """The standard deviation of the noise: (T,) -> degC, (T,)."""
    clear, overcast = NOISE
    return clear + (overcast - clear) * cloud


def _push(times, wait, air):
    """What arriving air adds to the anomaly in this step: degC, float (T,)."""
    arriving = (wait <= 0) & (wait > -PASSAGE)
    return arriving * CHANGE / PASSAGE * _winter(times) * air


def _clouding(cloud, wait, air):
    """How far the cloud cover moves in this step: it is that of the new air when all is there."""
    arriving = (wait <= 0) & (wait > -PASSAGE)
    left = np.maximum(PASSAGE + wait, 1)
    return np.where(arriving, (0.5 + 0.45 * air - cloud) / left, 0.0)


def _delay(depth):
    """Steps from the bottom of a trough to the arrival of the new air: hPa -> int."""
    return int(round(np.interp(depth, DEPTH, DELAY)))


def _troughs(random, steps):
    """Draw the troughs, each after the air of the one before has arrived -> list[Trough]."""
    troughs, bottom = [], int(random.integers(*CALM))
    while bottom < steps:
        air = random.choice((-1, 1)) * random.uniform(0.6, 1)
        trough = Trough(bottom, random.uniform(*DEPTH).__round__(2), air)
        troughs.append(trough)
        bottom += _delay(trough.depth) + PASSAGE + int(random.integers(*CALM))
    return troughs


def _weather(random, times, troughs):
    """Let the troughs bring their air -> State (T,)."""
    steps = np.arange(len(times))
    wait, air = np.full(len(times), NONE), np.zeros(len(times))
    for trough in troughs:
        arrives = trough.bottom + _delay(trough.depth)
        announced = slice(trough.bottom, arrives + PASSAGE)
        wait[announced] = arrives - steps[announced]
        air[announced] = trough.air
    push = _push(times, wait, air)
    anomaly, cloud = np.zeros(len(times)), np.full(len(times), 0.5)
    for now in steps[1:]:
        anomaly[now] = MEMORY * anomaly[now - 1] + push[now]
        cloud[now] = cloud[now - 1] + _clouding(cloud[now - 1], wait[now], air[now])
    noise = _noise(random, len(times), 1, NOISE_MEMORY)
    return State(times, anomaly, noise, cloud, wait, air)


# ---------------------------------------------------------------- what the station measures


def _measure(random, state, troughs):
    """Write down what the instruments show: State (T,) -> float (T, 6), rounded."""
    count = len(state.times)
    near, depth, side = np.zeros((3, count))
    for trough in troughs:
        for step, share in ((-1, 0.5), (0, 1.0), (1, 0.5)):
            now = trough.bottom + step
            if 0 <= now < count:
                near[now], depth[now], side[now] = share, trough.depth, trough.air
    pressure = BASE - near * depth + (1 - near) * _noise(random, count, 1, 0.8)
    wind = 2.5 + 7 * near * np.abs(side) + _noise(random, count, 0.6, 0.7)
    calm_direction = 180 + _noise(random, count, 40, 0.9)
    direction = np.where(near > 0, 180 + 90 * np.sign(side), calm_direction)
    direction = direction + _noise(random, count, 6, 0.5)
    noise = _noise_size(state.cloud) * state.noise
    temperature = _temperature(state.times, state.anomaly, state.cloud) + noise
    dew = _season(state.times) + state.anomaly - 1.5 - 3 * (1 - state.cloud)  # clear air is dry
    dew = np.minimum(dew + _noise(random, count, 0.2, 0.7), temperature - 0.1)
    cloud = np.clip(100 * state.cloud + _noise(random, count, 3, 0.5), 0, 100)
    wind = np.maximum(wind, 0.2)
    columns = (pressure, temperature, dew, cloud, wind, direction.round() % 360)
    return np.stack([column.round(d) for column, d in zip(columns, DECIMALS, strict=True)], axis=1)


def _noise(random, count, deviation, memory):
    """Gaussian noise of a standard deviation that remembers a share of itself: float (T,)."""
    noise = random.standard_normal(count)
    for now in range(1, count):
        noise[now] = memory * noise[now - 1] + np.sqrt(1 - memory**2) * noise[now]
    return deviation * noise
