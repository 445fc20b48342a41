"""A slider that redraws a picture, and the picture alone where widgets are missing."""

import matplotlib.pyplot as plt

VIEW = "application/vnd.jupyter.widget-view+json"  # how a notebook asks for a widget
RUN, INSTALL = "Run this cell to move the slider.", "The slider needs the package ipywidgets."


def slider(draw, *, label, values, start, spec=""):
    """Show a slider, and below it the picture that it redraws.

    draw: value -> matplotlib Figure; label: what the slider changes; values: where it can stand,
    in their order; start: where it stands first; spec: how values are written, as in
    format(value, spec). A page that only shows what was stored has a sentence in place of the
    slider, and the picture of `start`; so has a notebook without the package ipywidgets.
    ValueError if start is not among the values.
    """
    from IPython.display import display

    values = list(values)
    if start not in values:
        raise ValueError(f"start is {start!r}: give one of the values {values}.")
    options = [(format(value, spec), value) for value in values]
    control = _control(options=options, value=start, description=label)
    display(_shown(control), raw=True)
    picture = display(_closed(draw(start)), display_id=True)
    if control:
        control.observe(lambda change: picture.update(_closed(draw(change["new"]))), "value")


def _control(**options):
    """Return a slider made by ipywidgets, or None where that is missing."""
    try:
        from ipywidgets import SelectionSlider
    except ImportError:
        return None
    # Not continuous: a drawing may take longer than the way to the next value.
    looks = {"style": {"description_width": "initial"}, "layout": {"width": "28em"}}
    return SelectionSlider(continuous_update=False, **looks, **options)


def _shown(control):
    """Return what the notebook gets for the slider, with words for where none can be drawn."""
    if control is None:
        return {"text/plain": INSTALL}
    view = {"version_major": 2, "version_minor": 0, "model_id": control.model_id}
    return {VIEW: view, "text/plain": RUN}


def _closed(figure):
    """Return the figure, closed: the notebook would else draw it once more after the cell."""
    plt.close(figure)
    return figure
