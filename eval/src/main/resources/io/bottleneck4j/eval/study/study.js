// Asks one question after the other, keeps the answers in the browser, and saves them as a file.
"use strict";
const study = JSON.parse(document.getElementById("data").textContent);
const element = (id) => document.getElementById(id);
const asked = study.questions.flatMap((question) => study.aspects.map((aspect) => ({ question, aspect })));
const place = `bottleneck4j-study-${study.study}`;

const fresh = () => ({
  session: [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join(""),
  participant: "",
  started: new Date().toISOString(),
  at: -1,
  answers: {},
});

const remembered = () => {
  try {
    const kept = JSON.parse(localStorage.getItem(place));
    return kept && kept.session && kept.answers ? kept : null;
  } catch {
    return null; // damaged, or this browser keeps nothing for files
  }
};

const state = remembered() ?? fresh();

const keep = () => {
  try {
    localStorage.setItem(place, JSON.stringify(state));
  } catch {
    element("status").textContent =
      "This browser does not keep the answers: do not close the page before you have saved them.";
  }
};

const key = ({ question, aspect }) => `${question.id} ${aspect.name}`;
const answered = () => Object.keys(state.answers).length;
let shownAt = 0;

const show = (id) => {
  for (const section of document.querySelectorAll("section")) section.hidden = section.id !== id;
  element(id).querySelector("h1").focus(); // so that a reader's voice begins here, and space does not press the last button
};

const fill = (side, question) => {
  const video = question.type.startsWith("video/");
  const shown = document.createElement(video ? "video" : "img");
  if (video) Object.assign(shown, { muted: true, loop: true, autoplay: true, playsInline: true, controls: true });
  else shown.alt = `the ${side} picture`;
  shown.setAttribute("aria-label", `the ${side} ${video ? "video" : "picture"}`);
  shown.src = question[side];
  element(side).replaceChildren(shown);
};

const ask = () => {
  const { question, aspect } = asked[state.at];
  element("progress").max = asked.length;
  element("progress").value = answered();
  element("count").textContent = `question ${state.at + 1} of ${asked.length}`;
  element("question").textContent = aspect.question;
  element("prompt").textContent = `“${question.prompt}”`;
  fill("left", question);
  fill("right", question);
  const before = state.answers[key(asked[state.at])];
  for (const button of document.querySelectorAll("[data-answer]"))
    button.setAttribute("aria-pressed", before !== undefined && before.answer === button.dataset.answer);
  element("back").disabled = state.at === 0;
  shownAt = performance.now();
  show("ask");
};

const finish = () => {
  const open = asked.length - answered();
  element("left-over").textContent =
    open === 0 ? "All questions are answered." : `${open} of ${asked.length} questions are not answered yet.`;
  show("done");
};

const go = (at) => {
  state.at = at;
  keep();
  if (at < asked.length) ask();
  else finish();
};

const answer = (choice) => {
  const { question, aspect } = asked[state.at];
  state.answers[key(asked[state.at])] = {
    question: question.id,
    aspect: aspect.name,
    answer: choice,
    seconds: Math.round(performance.now() - shownAt) / 1000,
  };
  go(state.at + 1);
};

const file = () => ({
  format: study.answers_format,
  study: study.study,
  session: state.session,
  participant: state.participant,
  started: state.started,
  saved: new Date().toISOString(),
  answers: asked.map((one) => state.answers[key(one)]).filter((given) => given !== undefined),
});

const save = () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(file(), null, 2) + "\n"], { type: "application/json" }));
  link.download = `answers-${study.study}-${state.session.slice(0, 8)}.json`;
  document.body.append(link);
  link.click();
  link.remove();
  element("status").textContent = `${answered()} answers saved as ${link.download}.`;
};

element("begin").addEventListener("click", () => {
  state.participant = element("name").value.trim();
  go(Math.max(0, state.at));
});
element("anew").addEventListener("click", () => {
  if (!confirm("Forget the answers in this browser? Save them first if they are needed.")) return;
  Object.assign(state, fresh(), { participant: element("name").value.trim() });
  go(0);
});
for (const button of document.querySelectorAll("[data-answer]"))
  button.addEventListener("click", () => answer(button.dataset.answer));
element("back").addEventListener("click", () => go(state.at - 1));
element("again").addEventListener("click", () => {
  const open = asked.findIndex((one) => state.answers[key(one)] === undefined);
  go(open < 0 ? asked.length - 1 : open);
});
element("pause").addEventListener("click", save);
element("save").addEventListener("click", save);
element("size").addEventListener("click", () => {
  element("size").setAttribute("aria-pressed", element("pair").classList.toggle("full"));
});

document.addEventListener("keydown", (event) => {
  if (element("ask").hidden || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.target instanceof HTMLVideoElement) return; // its own keys
  if (event.key === " " && event.target instanceof HTMLButtonElement) return; // presses the button
  const choice = { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "same", " ": "same" }[event.key];
  if (choice !== undefined) answer(choice);
  else if (event.key === "ArrowUp" && state.at > 0) go(state.at - 1);
  else return;
  event.preventDefault(); // or the page would scroll
});

element("name").value = state.participant;
if (state.at >= 0) {
  element("begin").textContent = state.at < asked.length ? `Go on with question ${state.at + 1} of ${asked.length}` : "Go on to the end";
  element("anew").hidden = false;
}
show("start");
