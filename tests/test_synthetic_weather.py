"""The simulated station: its best forecast, what the past shows of it, its faults."""

import re
from pathlib import Path

import numpy as np
import pytest
from generators import weather

from rnnkit import corpora

T = weather.COLUMNS.index("temperature (degC)")
SHEET = Path(__file__).resolve().parent.parent / "data" / "README.md"


@pytest.fixture(scope="module")
def station():
    return weather.simulate(3)


def column(measured, name):
    return measured[:, weather.COLUMNS.index(name)]


# ---------------------------------------------------------------- the best forecast


@pytest.mark.parametrize("lead", [1, 4, weather.HORIZON])
def test_without_noise_the_forecast_is_what_comes(monkeypatch, lead):
    monkeypatch.setattr(weather, "NOISE", (0, 0))
    measured, state = weather.simulate(5, 2000)
    mean, deviation = weather.forecast(state, lead)
    assert np.abs(mean[:-lead] - measured[lead:, T]).max() <= 0.005 + 1e-9  # the station rounds
    assert not deviation.any()


@pytest.mark.parametrize("lead", [1, 4, 8])
def test_around_the_forecast_the_truth_is_spread_as_told(station, lead):
    measured, state = station
    mean, deviation = weather.forecast(state, lead)
    error = measured[lead:, T] - mean[:-lead]
    scaled = error / deviation[:-lead]
    assert abs(error.mean()) < 0.05
    assert scaled.std() == pytest.approx(1, rel=0.03)
    assert np.mean(np.abs(scaled) < 1.2816) == pytest.approx(0.8, abs=0.02)
    calm = deviation[:-lead] < np.median(deviation)
    assert error[calm].std() < 0.8 * error[~calm].std()


@pytest.mark.parametrize("lead", [0, weather.HORIZON + 1])
def test_a_lead_beyond_the_announced_changes_is_refused(station, lead):
    with pytest.raises(ValueError, match=f"lead is {lead}: from 1 to 8 steps"):
        weather.forecast(station[1], lead)


def test_every_change_of_the_next_day_has_been_announced_before():
    assert min(weather.DELAY) > weather.HORIZON
    slowest = max(weather.DELAY) + weather.PASSAGE
    assert slowest <= corpora.load("weather", "synthetic").sizes["window"]


def test_the_past_shows_the_state_to_whoever_knows_the_rules(station):
    """Pressure and wind alone, read at the troughs, give the change of air and its hour."""
    measured, state = station
    pressure = column(measured, "pressure (hPa)")
    direction = column(measured, "wind direction (deg)")
    goes_on = state.wait[:-1] == state.wait[1:] + 1
    bottoms = np.flatnonzero((state.wait[1:] < weather.NONE) & ~goes_on) + 1
    assert len(bottoms) > 1000
    depth = weather.BASE - pressure[bottoms]
    waits = [weather._delay(one) for one in depth]
    assert np.array_equal(waits, state.wait[bottoms])
    assert np.array_equal(np.where(direction[bottoms] > 180, 1, -1), np.sign(state.air[bottoms]))
    strength = np.abs(state.air[bottoms])
    wind = column(measured, "wind speed (m/s)")[bottoms]
    assert np.corrcoef(strength, wind)[0, 1] > 0.7


def test_nothing_is_to_be_seen_between_a_trough_and_its_air(station):
    """What is measured while a change is on its way does not tell from which side it comes."""
    measured, state = station
    announced = (state.wait > 0) & (state.wait <= 8) & (state.air != 0)
    for name in ("pressure (hPa)", "wind speed (m/s)", "wind direction (deg)"):
        values = column(measured, name)
        sea, land = (values[announced & (side * state.air > 0)] for side in (1, -1))
        assert abs(sea.mean() - land.mean()) < 0.15 * values.std()


# ---------------------------------------------------------------- the weather


def test_a_seed_is_one_station_in_the_decimals_of_its_instruments(station):
    measured, _ = station
    assert np.array_equal(measured, weather.simulate(3)[0])
    assert not np.array_equal(measured[:100], weather.simulate(4)[0][:100])
    assert measured.shape == (weather.STEPS, 6) and np.isfinite(measured).all()
    for values, decimals in zip(measured.T, weather.DECIMALS, strict=True):
        assert np.array_equal(values, values.round(decimals))
    with pytest.raises(ValueError, match="steps is 1"):
        weather.simulate(3, 1)


def test_the_columns_are_weather(station):
    measured, _ = station
    assert (column(measured, "dew point (degC)") < column(measured, "temperature (degC)")).all()
    cloud, direction = column(measured, "cloud cover (%)"), column(measured, "wind direction (deg)")
    assert cloud.min() >= 0 and cloud.max() <= 100 and cloud.std() > 20
    assert direction.min() >= 0 and direction.max() < 360
    assert 980 < column(measured, "pressure (hPa)").min() < 990


def test_sea_air_warms_in_winter_and_cools_in_summer(station):
    _, state = station
    begins = np.flatnonzero(state.wait == 0)[:-1]
    change = state.anomaly[begins + weather.PASSAGE] - state.anomaly[begins]
    month = state.times[begins].astype("datetime64[M]").astype(int) % 12 + 1
    for months, sign in (((12, 1, 2), 1), ((6, 7, 8), -1)):
        chosen = np.isin(month, months)
        sea, land = (change[chosen & (side * state.air[begins] > 0)].mean() for side in (1, -1))
        assert sign * sea > 2 and sign * land < -2


def test_a_deeper_trough_brings_its_air_sooner():
    assert weather._delay(weather.DEPTH[0]) == 17 and weather._delay(weather.DEPTH[1]) == 9
    assert weather._delay(12.5) == 13  # half way


# ---------------------------------------------------------------- faults


def test_faults_lie_where_they_are_said_to_and_look_as_named():
    clean = np.sin(np.arange(3000) / 4)
    damaged, faults = weather.plant_faults(clean, first=1000, seed=1, rounds=2)
    assert not faults[:1000].any()
    assert np.array_equal(damaged[faults == 0], clean[faults == 0])
    edges = np.flatnonzero(np.diff(faults)) + 1
    runs = [run for run in np.split(np.arange(3000), edges) if faults[run[0]]]
    assert sorted(faults[run[0]] for run in runs) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    for run in runs:
        kind, off = weather.FAULTS[faults[run[0]] - 1], (damaged - clean)[run]
        shortest, longest = weather.LONG.get(kind, weather.LASTS)
        assert shortest <= len(run) <= longest
        if kind == "stuck":
            assert np.ptp(damaged[run]) == 0
        if kind in ("spike", "offset"):
            assert np.ptp(off) < 1e-9 and 8 <= abs(off[0]) <= 12
        if kind == "loose contact":
            assert 2 < off.std() < 9
        if kind == "drift":
            assert off[0] == 0 and 8 <= abs(off[-1]) <= 12
            assert np.ptp(np.diff(off)) < 1e-9


def test_too_many_faults_are_refused():
    with pytest.raises(ValueError, match="25 faults in 1000 readings: give each at least 181"):
        weather.plant_faults(np.zeros(1000), first=0, seed=1)


# ---------------------------------------------------------------- the files


def test_the_shipped_table_is_the_station_and_its_limit_the_datasheets():
    corpus = corpora.load("weather", "synthetic")
    measured, state = weather.simulate(1)
    assert np.array_equal(corpus.data[list(weather.COLUMNS)].to_numpy(), measured)
    assert np.array_equal(corpus.data.index.to_numpy(), state.times)
    assert set(corpus.data.columns) == set(weather.COLUMNS)
    assert corpus.data.columns[-1] == corpus.target
    mean, deviation = weather.forecast(state, 8)
    assert np.abs(corpus.best_forecast["median", 8] - mean).max() < 0.006
    assert np.abs(corpus.best_forecast["high", 8] - mean - 1.2816 * deviation).max() < 0.02
    error = np.abs(measured[8:, T] - mean[:-8]).mean()
    sheet = " ".join(SHEET.read_text(encoding="utf-8").split())
    told, expected = re.search(
        r"mean absolute error of the best forecast is ([\d.]+) degC \(expected ([\d.]+)", sheet
    ).groups()
    assert error == pytest.approx(float(told), abs=5e-4)
    assert np.mean(deviation) * np.sqrt(2 / np.pi) == pytest.approx(float(expected), abs=5e-4)


def test_the_shipped_faults_begin_after_two_years():
    data = corpora.load("faults", "synthetic").data
    assert len(data) == 11_688 and (data.index[1] - data.index[0]).total_seconds() == 3 * 3600
    assert not data["fault"][:5844].any()
    assert set(data["fault"]) == {0, 1, 2, 3, 4, 5}
