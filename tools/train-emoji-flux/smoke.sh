#!/bin/sh
# Runs every command of the recipe for seconds, on a CPU, in the folder given. Fails where one does.
set -eu
out=${1:?usage: smoke.sh FOLDER}
cd "$(dirname "$0")"
python=${PYTHON:-python}
work="--work $out/work --device cpu --threads 1"
few="--concepts small --styles noto,flat"
minutes="--minutes ${MINUTES:-0.3}"
run() { echo "== $*" && "$python" -m emoji_flux "$@"; }
run art $work $few --size 128 --quality 80
run tokenizers $work --mix full
run vae $work $minutes --pool 32
run text $work $minutes
run encode $work --resolution 64 --scenes 32
run encode $work --resolution 128 --scenes 32
run flux $work $minutes --total-minutes 10 --resolutions 64:.5:4 128:.5:2
run flux $work $minutes --total-minutes 10 --resolutions 64:.5:4 128:.5:2 --resume --guidance 2 --guided-from 0 --carry "$out/carry"
run flux $work $minutes --total-minutes 10 --resolutions 64:1:2 --painted --mix full --resume --resume-from "$out/carry"
run averaged $work --init "$out/work"
run folder $work --out "$out/model"
run classifier $work $minutes
run detector $work $minutes
run clip $work $minutes
run judges $work --scenes 6
run suite $work --out "$out/suite.jsonl"
run prompts $work --rounds 1 --compositions 2 --out "$out/prompts"
run sample $work --model "$out/model" --prompts "$out/prompts/prompts.json" --out "$out/pictures" \
    --plan '[[128, 128, 2, 1, 3], [64, 64, 3, 0.8, 2], [128, 128, 2, 0.6, 3]]' --true-cfg 2
run measure $work --pictures "$out/pictures" --prompts "$out/prompts/prompts.json"
run plans $work --out "$out/plans"
run reconstruction $work --resolution 128 --scenes 8
# An older model trained on, with words its tokenizer lacks.
more="--work $out/more --device cpu --threads 1"
mkdir -p "$out/more" && cp "$out/work/sprites.zip" "$out/more/"
run words $more --init "$out/model"
run encode $more --init "$out/model" --resolution 64 --scenes 32
run flux $more $minutes --init "$out/model" --resolutions 64:1:4 --train-clip --float32 --stress dog:3 pizza:2
run averaged $more --init "$out/model"
run folder $more --init "$out/model" --out "$out/trained-on"
