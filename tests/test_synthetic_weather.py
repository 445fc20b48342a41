"""The simulated station: its best forecast, its physics, its faults."""

import re
from pathlib import Path

import numpy as np
import pytest

from rnnkit import corpora
from rnnkit.synthetic import weather

T = weather.COLUMNS.index("T (degC)")
SHEET = Path(__file__).resolve().parent.parent / "data" / "README.md"


@pytest.fixture(scope="module")
def station():
    return weather.simulate(3)


def column(measured, name):
    return measured[:, weather.COLUMNS.index(name)]


@pytest.mark.parametrize("horizon", [1, 6, 24, weather.APPROACH])
def test_without_noise_the_forecast_is_what_comes(monkeypatch, horizon):
    monkeypatch.setattr(weather, "NOISE", 0)
    measured, state = weather.simulate(5, 2000)
    said = weather.forecast(state, horizon)[:-horizon]
    assert np.abs(said - measured[horizon:, T]).max() <= 0.005 + 1e-9  # the station rounds


@pytest.mark.parametrize("horizon", [1, 6, 24])
def test_around_the_forecast_the_truth_is_spread_as_told(station, horizon):
    measured, state = station
    error = measured[horizon:, T] - weather.forecast(state, horizon)[:-horizon]
    assert abs(error.mean()) < 0.05
    assert error.std() == pytest.approx(weather.spread(horizon), rel=0.03)
    share = np.mean(np.abs(error) < 1.2816 * weather.spread(horizon))
    assert share == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("horizon", [0, weather.APPROACH + 1])
def test_a_horizon_beyond_the_announced_fronts_is_refused(station, horizon):
    with pytest.raises(ValueError, match=f"horizon is {horizon}: from 1 to 30 hours"):
        weather.forecast(station[1], horizon)


def test_a_seed_is_one_station_in_the_decimals_of_the_jena_file(station):
    measured, _ = station
    assert np.array_equal(measured, weather.simulate(3)[0])
    assert not np.array_equal(measured[:100], weather.simulate(4)[0][:100])
    assert measured.shape == (weather.HOURS, 14) and np.isfinite(measured).all()
    for values, decimals in zip(measured.T, weather.DECIMALS, strict=True):
        assert np.array_equal(values, values.round(decimals))
    with pytest.raises(ValueError, match="hours is 1"):
        weather.simulate(3, 1)


def test_the_columns_obey_physics(station):
    measured, _ = station
    most, actual, missing = (column(measured, f"VP{x} (mbar)") for x in ("max", "act", "def"))
    assert np.abs(most - actual - missing).max() < 0.016
    assert np.abs(100 * actual / most - column(measured, "rh (%)")).max() < 0.6
    assert (column(measured, "Tdew (degC)") < column(measured, "T (degC)")).all()
    p, kelvin = column(measured, "p (mbar)"), column(measured, "T (degC)") + 273.15
    potential = column(measured, "Tpot (K)")
    assert np.abs(potential / kelvin - (1000 / p) ** 0.286).max() < 1e-4


def test_the_formulas_of_moist_air_by_tables():
    p, t, _, _, humidity, most, *_, density = weather._humidity(
        *np.array([[1013.25], [20], [9.27]])
    )
    assert most[0] == pytest.approx(23.39, rel=0.004)  # mbar, at 20 degC
    assert humidity[0] == pytest.approx(50, abs=0.3)
    dry = weather._humidity(*np.array([[1013.25], [15], [-80]]))[-1]
    assert dry[0] == pytest.approx(1225, abs=1)  # g/m**3, the standard atmosphere


def test_sea_air_warms_in_winter_and_cools_in_summer(station):
    _, state = station
    begins = np.flatnonzero(state.hours_to_front == 0)[:-1]
    change = state.anomaly[begins + weather.PASSAGE] - state.anomaly[begins]
    month = state.times[begins].astype("datetime64[M]").astype(int) % 12 + 1
    for months, sign in (((12, 1, 2), 1), ((6, 7, 8), -1)):
        chosen = np.isin(month, months)
        sea, land = (change[chosen & (state.origin[begins] == o)].mean() for o in (1, -1))
        assert sign * sea > 2 and sign * land < -2


def test_fronts_announce_themselves_in_wind_and_pressure(station):
    measured, state = station
    near, far = state.hours_to_front == 1, state.hours_to_front > weather.APPROACH
    assert column(measured, "p (mbar)")[near].mean() < column(measured, "p (mbar)")[far].mean() - 8
    direction = column(measured, "wd (deg)")
    assert np.abs(direction[near & (state.origin == 1)] - 270).mean() < 15
    assert np.abs(direction[near & (state.origin == -1)] - 90).mean() < 15


# ---------------------------------------------------------------- faults


def test_faults_lie_where_they_are_said_to_and_look_as_named():
    clean = np.sin(np.arange(3000) / 4)
    damaged, faults = weather.plant_faults(clean, first=1000, seed=1, rounds=2)
    assert np.array_equal(damaged != clean, (faults > 0) & (damaged != clean))
    assert not faults[:1000].any()
    edges = np.flatnonzero(np.diff(faults)) + 1
    runs = [run for run in np.split(np.arange(3000), edges) if faults[run[0]]]
    assert sorted(faults[run[0]] for run in runs) == [1, 1, 2, 2, 3, 3, 4, 4]
    for run in runs:
        kind, off = weather.FAULTS[faults[run[0]] - 1], (damaged - clean)[run]
        assert len(run) == 1 if kind == "spike" else 12 <= len(run) <= 30
        if kind == "stuck":
            assert np.ptp(damaged[run]) == 0
        if kind in ("spike", "offset"):
            assert np.ptp(off) < 1e-9 and 7 <= abs(off[0]) <= 10
        if kind == "loose contact":
            assert 2 < off.std() < 7


def test_too_many_faults_are_refused():
    with pytest.raises(ValueError, match="20 faults in 1000 hours: give each at least 60"):
        weather.plant_faults(np.zeros(1000), first=0, seed=1)


# ---------------------------------------------------------------- the files


def test_the_shipped_table_is_the_station_and_its_limit_the_datasheets():
    table = corpora.load("weather", "synthetic")
    measured, state = weather.simulate(1)
    assert np.array_equal(table.values, measured) and np.array_equal(table.times, state.times)
    assert table.columns == weather.COLUMNS and table.target == "T (degC)"
    error = np.abs(measured[24:, T] - weather.forecast(state, 24)[:-24]).mean()
    sheet = " ".join(SHEET.read_text(encoding="utf-8").split())
    told, expected = re.search(
        r"mean absolute error of the best forecast is ([\d.]+) degC \(expected ([\d.]+)", sheet
    ).groups()
    assert error == pytest.approx(float(told), abs=5e-4)
    assert weather.spread(24) * np.sqrt(2 / np.pi) == pytest.approx(float(expected), abs=5e-4)


def test_the_shipped_faults_begin_after_150_days():
    table, labels = corpora.load("faults", "synthetic")
    assert table.values.shape == (5760, 1) and len(labels) == 5760
    assert not labels[:3600].any() and set(labels) == {0, 1, 2, 3, 4}
