/* The page: summary, filters, flows with their waterfall. Rows are made when their flow is opened. */

const run = JSON.parse(document.getElementById("data").textContent);
const OPEN_AT_FIRST = 10;
const OPEN_ON_SEARCH = 20;
const GRAVITY = ["failed", "error", "cancelled", "not_run", "passed"];
const AFTER_TYPING_MS = 120;
const STEP_FILTERS = {
  all: ["All steps", () => true],
  bad: ["Not passed", (step) => step.status !== "passed"],
  failed: ["Failed or error", (step) => step.status === "failed" || step.status === "error"],
  skipped: ["Skipped", (step) => step.status === "skipped"],
  retried: ["More than one attempt", (step) => step.tries > 1],
  slow: ["Slowest 20", null],
};
const state = { query: "", status: "all", steps: "all" };

function words(...parts) {
  return parts.join("\n").toLowerCase();
}

/** A step as a row; what is behind it is made when it is opened. */
class StepRow {
  constructor(step, index, flow) {
    this.step = step;
    this.flow = flow;
    this.id = `details-${flow.index}-${index}`;
    this.text = words(step.title, step.path, step.action, step.summary, step.result, step.message, step.code, ...step.assertions.map((one) => one.expression));
    this.element = null;
  }

  render() {
    const { step, flow } = this;
    const bar = h("span", { class: `bar ${step.status}` });
    const whole = flow.span || 1;
    bar.style.left = `${Math.min((step.at / whole) * 100, 99.5)}%`;
    bar.style.width = `${Math.min((step.duration / whole) * 100, 100 - (step.at / whole) * 100)}%`;
    const name = h("span", { class: "name" }, badge(step.status), h("span", { class: "title" }, step.title), ...this.notes());
    name.style.paddingInlineStart = `${Math.min(step.depth, 12) * 1.1}rem`;
    this.button = h("button", { type: "button", class: "row", "aria-expanded": "false", "aria-controls": this.id, onclick: () => this.toggle() },
      name, h("span", { class: "summary" }, h("span", {}, step.summary), h("span", {}, step.result)), h("span", { class: "track", "aria-hidden": "true" }, bar),
      h("span", { class: "time" }, duration(step.duration)));
    this.holder = h("div", { id: this.id, hidden: true });
    this.element = h("li", { class: `step ${step.cause ? "cause" : ""}` }, this.button, this.holder);
    return this.element;
  }

  notes() {
    const { step } = this;
    const found = [];
    if (step.phase !== "steps") found.push(step.phase);
    if (step.tolerated) found.push("tolerated");
    if (step.tries > 1) found.push(`${step.tries} attempts`);
    return found.map((note) => h("small", { class: "note" }, note));
  }

  toggle(open = this.holder.hidden) {
    if (open && !this.holder.firstChild) this.holder.append(stepDetails(this.step));
    this.holder.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
  }
}

/** A flow: its line, and behind it what is known of it and its steps. */
class FlowView {
  constructor(flow, index) {
    this.flow = flow;
    this.index = index;
    this.text = words(flow.title, flow.file, flow.suite, ...flow.tags);
    this.why = words(flow.why, ...flow.warnings);
    this.span = flow.steps.reduce((latest, step) => Math.max(latest, step.at + step.duration), flow.duration || 0);
    this.rows = flow.steps.map((step, place) => new StepRow(step, place, this));
    const around = [];
    this.parents = flow.steps.map(({ depth }, place) => {
      around.length = depth;
      around.push(place);
      return depth ? around[depth - 1] : -1;
    });
    const times = flow.steps.map((step) => step.duration).sort((a, b) => b - a);
    this.slow = times[Math.min(19, times.length - 1)];
    this.element = this.render();
  }

  render() {
    const { flow } = this;
    const tags = flow.tags.map((tag) => h("small", { class: "note" }, tag));
    const flaky = flow.flaky ? [h("small", { class: "note flaky" }, "flaky: passed on retry")] : [];
    this.button = h("button", { type: "button", "aria-expanded": "false", "aria-controls": `flow-${this.index}`, onclick: () => this.toggle() },
      badge(flow.status), h("span", { class: "title" }, flow.title), h("span", { class: "file" }, flow.file),
      h("span", { class: "notes" }, ...flaky, ...tags), h("span", { class: "time" }, `${plural(flow.steps.length, "step")}, ${duration(flow.duration)}`));
    this.body = h("div", { id: `flow-${this.index}`, class: "body", hidden: true });
    return h("section", { class: `flow ${flow.status}`, "aria-label": flow.title }, h("h2", {}, this.button), this.body);
  }

  toggle(open = this.body.hidden) {
    if (open && !this.body.firstChild) this.fill();
    this.body.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) this.showSteps();
  }

  fill() {
    const list = h("ol", { class: "steps", "aria-label": `Steps of ${this.flow.title}` }, this.rows.map((row) => row.render()));
    this.nothing = h("p", { class: "nothing", hidden: true }, "No step of this flow matches.");
    const steps = this.rows.length ? [h("h3", {}, "Steps"), this.nothing, list] : [h("p", { class: "nothing" }, "No step was begun.")];
    this.body.append(flowDetails(this.flow), ...steps);
  }

  /** Say which rows are to be seen; what a seen row is in is seen too. */
  judge() {
    const { query, status, steps } = state;
    const fits = status === "all" || (status === "flaky" ? this.flow.flaky : this.flow.status === status);
    const named = !query || this.text.includes(query);
    const wanted = steps === "slow" ? (step) => step.duration >= this.slow : STEP_FILTERS[steps][1];
    this.seen = this.rows.map((row) => wanted(row.step) && (named || row.text.includes(query)));
    this.found = fits ? this.seen.filter(Boolean).length : 0;
    this.seen.forEach((seen, place) => {
      if (!seen) return;
      for (let above = this.parents[place]; above >= 0 && !this.seen[above]; above = this.parents[above]) this.seen[above] = "context";
    });
    const asked = steps !== "all";
    this.shown = fits && (this.found > 0 || ((named || this.why.includes(query)) && !asked));
    this.element.hidden = !this.shown;
  }

  showSteps() {
    if (!this.body.firstChild || !this.rows.length) return;
    this.rows.forEach((row, place) => {
      row.element.hidden = !this.seen[place];
      row.element.classList.toggle("context", this.seen[place] === "context");
    });
    this.nothing.hidden = this.seen.some(Boolean);
  }
}

const views = run.flows.map((flow, index) => new FlowView(flow, index));
/** What is not green stands first; else flows stand as they were given. */
const inOrder = [...views].sort((one, other) => GRAVITY.indexOf(one.flow.status) - GRAVITY.indexOf(other.flow.status));

function apply() {
  views.forEach((view) => view.judge());
  const shown = inOrder.filter((view) => view.shown);
  const narrowed = state.query || state.steps !== "all";
  if (narrowed) shown.slice(0, OPEN_ON_SEARCH).filter((view) => view.found).forEach((view) => view.toggle(true));
  views.filter((view) => !view.body.hidden).forEach((view) => view.showSteps());
  const steps = shown.reduce((sum, view) => sum + view.found, 0);
  const all = views.reduce((sum, view) => sum + view.rows.length, 0);
  document.getElementById("count").textContent =
    `${shown.length.toLocaleString("en")} of ${plural(views.length, "flow")}, ${steps.toLocaleString("en")} of ${plural(all, "step")}`;
}

function statusButton(status, label, number) {
  const button = h("button", { type: "button", class: `choice ${status}`, "aria-pressed": String(state.status === status) }, label, " ", h("b", {}, String(number)));
  button.addEventListener("click", () => {
    state.status = status;
    button.parentElement.querySelectorAll("button").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    apply();
  });
  return button;
}

function drawFilters() {
  const counted = Object.entries(STATUS).map(([status, label]) => [status, label, run.flows.filter((flow) => flow.status === status).length]);
  const flaky = run.flows.filter((flow) => flow.flaky).length;
  const choices = [["all", "all", run.flows.length], ...counted, ["flaky", "flaky", flaky]].filter(([status, , number]) => number || status === "all");
  const search = h("input", { type: "search", id: "search", placeholder: "name, file, tag, message …", autocomplete: "off" });
  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      state.query = search.value.trim().toLowerCase();
      apply();
    }, AFTER_TYPING_MS);
  });
  const select = h("select", { id: "steps" }, Object.entries(STEP_FILTERS).map(([value, [label]]) => h("option", { value }, label)));
  select.addEventListener("change", () => {
    state.steps = select.value;
    apply();
  });
  const form = document.getElementById("filters");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.append(
    h("div", { class: "search" }, h("label", { for: "search" }, "Search"), search),
    h("div", {}, h("label", { for: "steps" }, "Steps"), select),
    h("div", { class: "choices", role: "group", "aria-label": "Flows by status" }, choices.map((choice) => statusButton(...choice))));
}

function drawHead() {
  const count = (status) => run.flows.filter((flow) => flow.status === status).length;
  const parts = Object.keys(STATUS).filter(count).map((status) => h("span", { class: `total ${status}` }, badge(status), `${count(status)} ${STATUS[status]}`));
  const verdict = run.exitCode === 0 ? "All flows passed" : run.flows.length ? "Not all flows passed" : "No flow was run";
  document.getElementById("head").append(
    h("h1", { class: run.exitCode === 0 ? "passed" : "failed" }, verdict),
    h("p", { class: "totals" }, parts),
    h("p", { class: "when" }, `${run.started}, took ${duration(run.duration)}, exit code ${run.exitCode}`));
  document.getElementById("foot").append(`TestMesh ${run.version}`);
}

/** On paper there is nothing to open: all that is seen is opened, and behind the causes also the details. */
let opened = null;
function toPaper() {
  if (opened) return;
  opened = [];
  for (const view of views.filter((one) => one.shown)) {
    if (view.body.hidden) {
      view.toggle(true);
      opened.push(view);
    }
    for (const row of view.rows.filter((one) => one.step.cause && one.holder.hidden)) {
      row.toggle(true);
      opened.push(row);
    }
  }
}

function fromPaper() {
  (opened || []).forEach((one) => one.toggle(false));
  opened = null;
}

drawHead();
drawFilters();
document.getElementById("flows").append(...inOrder.map((view) => view.element));
apply();
inOrder.filter((view) => view.flow.status !== "passed" || views.length === 1).slice(0, OPEN_AT_FIRST).forEach((view) => view.toggle(true));
inOrder.flatMap((view) => (view.body.hidden ? [] : view.rows.filter((row) => row.step.cause))).slice(0, OPEN_AT_FIRST).forEach((row) => row.toggle(true));
addEventListener("beforeprint", toPaper);
addEventListener("afterprint", fromPaper);
matchMedia("print").addEventListener("change", (media) => (media.matches ? toPaper() : fromPaper()));
