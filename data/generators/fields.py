"""Words of the technical fields that the `abstracts` grammar writes about.

A field has three devices. The parts of each device stand in `DEVICES` in the order of `ROLES`:

- body: carries or encloses other parts     - sensor: measures a quantity
- actor: does the work on the medium        - control: acts on the actor or on a quantity
- guide: leads the medium to another part

All other lists hold for the whole field: every entry fits every template of `abstracts.py` that
asks for its list. Verbs are in the base form, nouns in the singular; a trailing `+` marks one that
is plural as it stands (`gears+`), a trailing `?` a rare word (see `RARE`).
"""

ROLES = ("body", "actor", "guide", "sensor", "control")
RARE = 0.2  # weight of a word marked `?`; an unmarked one has 1

DEVICES = {
    "pumps": {
        "gear pump": "housing, gears+, suction pipe, pressure gauge, motor driver",
        "diaphragm pump": "casing, diaphragm, valve, flow meter, stroke controller",
        "submersible pump": "shell, impellers+, riser, float, starter",
    },
    "optics": {
        "confocal microscope": "stand, objectives+, pinhole, photomultiplier, scan controller",
        "line camera": "mount, lens, light guide, image sensor, exposure computer",
        "spectrometer": "optical bench, gratings+, entrance slit, photodiodes+, shutter driver",
    },
    "medicine": {
        "syringe driver": "bed clamp, syringes+, cannula, pulse oximeter, alarm unit",
        "insulin injector": "cartridge, push rod, needle, glucose electrode, dosing computer",
        "dialysis machine": "console, membranes+, blood lines+, air detector, safety circuit",
    },
    "networks": {
        "neural network": "memory, hidden layers+, input line, loss monitor, training scheduler",
        "speech recognizer": "headset, filters+, signal line, microphone, language model",
        "image classifier": "processor, kernels+, feature channel, camera, decision unit",
    },
}

FIELDS = {
    "pumps": {
        "adjective": "compact, quiet, reversible, leakproof, magnetic?",
        "purpose": "conveying, dosing, circulating, transferring",
        "medium": "coolant, lubricant, slurry, brine",
        "quantity": "delivery pressure, flow rate, viscosity, suction head",
        "problem": "cavitation, leakage, pulsation, backflow",
        "gain": "hydraulic efficiency, service life, delivery rate, suction capacity",
        "material": "stainless steel, cast iron, bronze, nylon, babbitt?",
        "place": "refineries, dairies, ships, fire engines",
        "event": "foam, thicken, settle, crystallize",
        "manner": "without pulsation, in equal portions, against gravity",
        "actor_verb": "displace, compress, accelerate, draw",
        "guide_verb": "carry, direct, feed, return",
        "control_verb": "slow, stop, start, reverse",
    },
    "optics": {
        "adjective": "handheld, panoramic, infrared, lightweight, stereoscopic?",
        "purpose": "analyzing, focusing, projecting, recording",
        "medium": "laser light, scattered light, fluorescence, daylight",
        "quantity": "intensity, wavelength, focal position, contrast",
        "problem": "stray light, blur, glare, distortion",
        "gain": "image sharpness, resolution, sensitivity, color fidelity",
        "material": "fused silica, sapphire, optical glass, anodized aluminum, zerodur?",
        "place": "observatories, cleanrooms, forensic laboratories, museums",
        "event": "fade, flicker, drift, brighten",
        "manner": "without aberration, onto a single plane, at grazing incidence",
        "actor_verb": "deflect, focus, collect, redirect",
        "guide_verb": "transmit, couple, conduct, relay",
        "control_verb": "move, tilt, refocus, rotate",
    },
    "medicine": {
        "adjective": "implantable, disposable, wearable, sterile, autoclavable?",
        "purpose": "administering, infusing, dispensing, injecting",
        "medium": "insulin, saline, blood plasma, anesthetic",
        "quantity": "dose, blood pressure, heart rate, oxygen saturation",
        "problem": "infection, clotting, bruising, overdosing, phlebitis?",
        "gain": "patient safety, comfort, biocompatibility, dosing precision",
        "material": "titanium, silicone, polyurethane, medical steel",
        "place": "ambulances, intensive care units, nursing homes, field hospitals",
        "event": "degrade, run out, congeal, cool down",
        "manner": "in small doses, below the skin, over several hours",
        "actor_verb": "push, meter, release, administer",
        "guide_verb": "convey, pass, drain, supply",
        "control_verb": "actuate, pause, disable, prime",
    },
    "networks": {
        "adjective": "recurrent, scalable, trainable, parallel, neuromorphic?",
        "purpose": "classifying, translating, compressing, predicting",
        "medium": "speech, images+, sentences+, video",
        "quantity": "error rate, learning rate, gradient, latency",
        "problem": "overfitting, drift, saturation, bias, forgetting?",
        "gain": "accuracy, inference speed, robustness, word recognition",
        "material": "silicon, copper, ceramic, gallium nitride, graphene?",
        "place": "data centers, smartphones, vehicles, hearing aids",
        "event": "arrive, vanish, overlap, repeat",
        "manner": "in real time, layer by layer, one step at a time",
        "actor_verb": "encode, transform, weight, predict",
        "guide_verb": "carry, route, deliver, pass",
        "control_verb": "update, freeze, reset, train",
    },
}
