"""Words of the technical fields that the `abstracts` grammar writes about.

A field has four devices. The parts of each device stand in `DEVICES` in the order of `ROLES`:

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
        "diaphragm pump": "casing, diaphragm, check valves+, flow meter, stroke controller",
        "metering pump": "pump head, plunger, dosing line, level probe, timer",
        "submersible pump": "shell, impellers+, riser, float, starter",
    },
    "optics": {
        "confocal microscope": "stand, objectives+, pinhole, photomultiplier, scan controller",
        "line camera": "mount, lens, light guide, image sensor, exposure computer",
        "spectrometer": "optical bench, gratings+, entrance slit, photodiodes+, shutter driver",
        "projector": "cabinet, mirrors+, collimator, light meter, lamp controller",
    },
    "medicine": {
        "syringe driver": "bed clamp, syringes+, cannula, pulse oximeter, alarm unit",
        "insulin injector": "cartridge, push rod, needle, glucose electrode, dosing computer",
        "dialysis machine": "console, membranes+, blood lines+, air detector, safety circuit",
        "inhaler": "capsule, nebulizer, mouthpiece, breath sensor, trigger unit",
    },
    "cells": {
        "fuel cell stack": "end plates+, anodes+, gas channels+, thermocouple, cell monitor",
        "flow battery": "stack frame, felt electrodes+, manifold, voltage tap, balancing unit",
        "electrolyzer": "tank, cathodes+, wicks+, gas analyzer, rectifier",
        "methanol reformer": "reactor, catalyst bed, feed tube, lambda probe, burner control",
    },
    "farming": {
        "combine harvester": "header, threshing drum, chute, yield monitor, steering computer",
        "forage chopper": "drawbar, knives+, discharge elbow, metal detector, feed regulator",
        "root digger": "main beam, lifting shares+, web conveyor, depth feeler, hydraulic block",
        "straw baler": "chassis, tines+, feed rake, moisture probe, knotter",
    },
    "robots": {
        "robot gripper": "wrist, fingers+, slide, force sensor, motion planner",
        "palletizing robot": "column, suction cups+, roller track, vision camera, sequencer",
        "sorting line": "gantry, pushers+, conveyor, barcode reader, logic module",
        "packing cell": "rack, swivel arms+, shuttle cart, light barrier, safety relay",
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
    "cells": {
        "adjective": "stackable, bipolar, sealed, pressurized, cryogenic?",
        "purpose": "storing, oxidizing, converting, circulating",
        "medium": "hydrogen, electrolyte, methanol, oxygen",
        "quantity": "cell voltage, internal resistance, gas purity, membrane humidity",
        "problem": "corrosion, swelling, catalyst poisoning, flooding, sulfation?",
        "gain": "energy density, cycle life, cold starting, fuel utilization",
        "material": "graphite, carbon felt, nickel foam, polypropylene, zirconia?",
        "place": "electric buses, forklifts, submarines, data centers",
        "event": "evaporate, dry out, decompose, stratify",
        "manner": "at room temperature, with high selectivity, in thin layers",
        "actor_verb": "ionize, oxidize, consume, convert",
        "guide_verb": "distribute, conduct, supply, lead",
        "control_verb": "disconnect, balance, protect, heat",
    },
    "farming": {
        "adjective": "towed, driverless, foldable, robust, amphibious?",
        "purpose": "harvesting, gathering, cleaning, sorting",
        "medium": "grain, straw, maize, sugar beets+, lucerne?",
        "quantity": "moisture content, ground speed, yield, cutting height",
        "problem": "grain loss, clogging, soil compaction, bruising",
        "gain": "harvesting speed, cleanliness, fuel economy, traction",
        "material": "hardened steel, rubber, sheet metal, polyethylene, hickory?",
        "place": "orchards, vineyards, rice paddies, hillside farms",
        "event": "rot, jam, sprout, pile up",
        "manner": "close to the ground, row by row, without crushing",
        "actor_verb": "cut, gather, lift, shred",
        "guide_verb": "convey, transport, throw, pass",
        "control_verb": "raise, lower, stop, reverse",
    },
    "robots": {
        "adjective": "collaborative, mobile, agile, modular, humanoid?",
        "purpose": "grasping, stacking, sorting, packing",
        "medium": "cartons+, bottles+, parcels+, tablets+, ampoules+?",
        "quantity": "cycle time, gripping force, position error, stack height",
        "problem": "slippage, collisions+, jams+, misalignment",
        "gain": "throughput, repeatability, payload, product protection",
        "material": "carbon fiber, silicone rubber, aluminum, polycarbonate, kevlar?",
        "place": "warehouses, breweries, mail centers, pharmacies",
        "event": "tip over, jam, slip, arrive",
        "manner": "without damage, one at a time, from above",
        "actor_verb": "shift, lift, turn, place",
        "guide_verb": "bring, transport, convey, move",
        "control_verb": "retract, extend, halt, synchronize",
    },
}
