#!/bin/sh
# Runs every command of the recipe for seconds, on a CPU, in the folder given. Fails where one does.
set -eu
out=${1:?usage: smoke.sh FOLDER}
mkdir -p "$out" && out=$(cd "$out" && pwd)
cd "$(dirname "$0")"
python=${PYTHON:-python}
work="--work $out/work --threads 1"
init="--init $(cd ../.. && pwd)/emoji-flux"
minutes="--minutes ${MINUTES:-0.3}"
run() { echo "== $*" && "$python" -m emoji_video "$@"; }
flux() { echo "== emoji_flux $*" && (cd ../train-emoji-flux && "$python" -m emoji_flux "$@" --work "$out/work" --device cpu --threads 1); }
flux art --concepts small --styles noto --size 128 --quality 80
flux classifier $minutes
run tokenizer $work
run text $work $init $minutes
run vae $work $init $minutes --pool 8 --total-minutes 2
run vae $work $init $minutes --pool 8 --total-minutes 2 --resume
run encode $work --resolution 64 --clips 8
run encode $work --resolution 128 --clips 4
run video $work $init $minutes --total-minutes 10 --resolutions 64:.5:4 128:.5:2
run video $work $init $minutes --total-minutes 10 --resolutions 64:.5:4 128:.5:2 --resume --guided-from 0
run averaged $work $init
run folder $work $init --out "$out/model"
run prompts $work --rounds 1 --most 6 --out "$out/prompts"
run sample --model "$out/model" --prompts "$out/prompts/prompts.json" --out "$out/clips" \
    --plan '[[64, 64, 2, 1, 3], [32, 32, 3, 0.8, 2], [64, 64, 2, 0.6, 3]]'
run art $work --prompts "$out/prompts/prompts.json" --out "$out/art"
for clips in clips art; do
  run measure $work --classifier "$out/work/classifier.safetensors" --clips "$out/$clips" --prompts "$out/prompts/prompts.json"
done
run reconstruction $work --clips 2
