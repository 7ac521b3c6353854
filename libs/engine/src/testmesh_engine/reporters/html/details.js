/* What is behind a row: made when it is opened, and not before. */

function section(title, ...children) {
  return h("section", {}, h("h4", {}, title), ...children);
}

function valuePart(title, part) {
  if (!part) return null;
  const whole = part.cut === undefined;
  const note = whole ? size(part.size) : `the first ${size(part.cut)} of ${part.size.toLocaleString("en")}`;
  const text = part.text === "" ? (part.size ? "(left out: there was no room in this file)" : "(empty)") : part.text;
  return h("section", {}, h("h4", {}, title, " ", h("small", {}, note)), block(text, title));
}

function placePart(place) {
  if (!place) return null;
  if (place.text === undefined) return h("p", { class: "place" }, place.label);
  const margin = `${place.line} | `;
  const below = `${" ".repeat(margin.length - 2)}| ${" ".repeat(place.caret)}`;
  const drawn = h("pre", { class: "source", tabindex: 0, role: "group", "aria-label": `Source, line ${place.line}` },
    margin, place.text, "\n", below, h("span", { class: "caret" }, "^"));
  return h("div", {}, h("p", { class: "place" }, place.label), drawn);
}

function diffLine(line) {
  const kind = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "";
  return h("span", { class: kind }, line, "\n");
}

function assertionPart(outcome) {
  const status = outcome.holds ? "passed" : outcome.error ? "error" : "failed";
  const body = [];
  if (outcome.message) body.push(h("p", { class: "message" }, outcome.message));
  if (outcome.error) body.push(h("p", { class: "message" }, outcome.error));
  body.push(placePart(outcome.place));
  if (outcome.operands.length) {
    const rows = outcome.operands.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)));
    body.push(h("table", { class: "values" }, h("caption", { class: "hidden" }, "Values"), h("tbody", {}, rows)));
  }
  if (outcome.difference.length) {
    body.push(h("pre", { class: "difference", tabindex: 0, role: "group", "aria-label": "Difference" }, outcome.difference.map(diffLine)));
  }
  for (const warning of outcome.warnings) body.push(h("p", { class: "warning" }, `! ${warning}`));
  return h("li", { class: status }, badge(status), h("code", {}, outcome.expression), ...body);
}

function attemptsPart(step) {
  if (!step.attempts.length) return null;
  const left = step.tries - step.attempts.length;
  const rows = step.attempts.map((one) => h("tr", {},
    h("td", {}, String(one.number)), h("td", {}, badge(one.status), STATUS[one.status]),
    h("td", {}, duration(one.duration)), h("td", {}, one.message)));
  const head = ["Attempt", "Status", "Time", "Why"].map((name) => h("th", { scope: "col" }, name));
  const note = left > 0 ? h("small", {}, `${left} of them left out`) : null;
  return section(plural(step.tries, "attempt"), note,
    h("div", { class: "wide", tabindex: 0, role: "group", "aria-label": "Attempts" },
      h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows))));
}

function logsPart(logs, leftOut) {
  const more = logs.more + (leftOut || 0);
  if (!logs.lines.length && !more) return null;
  const lines = logs.lines.map(([at, level, said]) => {
    const rest = said.cut === undefined ? "" : `… (cut here: ${size(said.size)})`;
    return h("span", { class: `log-${level}` }, `${at} ${level.padEnd(7)} ${said.text}${rest}\n`);
  });
  if (more) lines.push(`… ${plural(more, "line")} more`);
  return section("Log", h("pre", { tabindex: 0, role: "group", "aria-label": "Log" }, lines));
}

function filesPart(files) {
  if (!files.length) return null;
  const items = files.map((file) => h("li", {}, file.name, " ",
    h("small", {}, `${file.type}, ${file.size.toLocaleString("en")} bytes, sha256 ${file.sha256}`)));
  return section("Files", h("ul", { class: "files" }, items));
}

/** Everything that is known of a step. */
function stepDetails(step) {
  const parts = [];
  if (step.tolerated) parts.push(h("p", { class: "warning" }, "The flow went on: this did not decide how it ended."));
  const told = step.assertions.some((one) => !one.holds) && step.code === "TM420";
  if (step.message && !told) parts.push(h("p", { class: "message" }, step.code && !step.message.startsWith(step.code) ? `${step.code} ` : "", step.message));
  if (!step.assertions.some((one) => one.place)) parts.push(placePart(step.place));
  if (step.assertions.length) parts.push(section("Assertions", h("ul", { class: "assertions" }, step.assertions.map(assertionPart))));
  parts.push(attemptsPart(step), valuePart("Input", step.input), valuePart("Output", step.output), valuePart("Sets", step.sets));
  parts.push(logsPart(step.logs), filesPart(step.artifacts));
  const facts = [["Path", step.path], ["Action", step.action], ["Phase", step.phase], ["Began at", `+${duration(step.at)}`]];
  parts.push(factsPart(facts));
  return h("div", { class: "details" }, ...parts);
}

function factsPart(facts) {
  return h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** What is known of a flow beside its steps. */
function flowDetails(flow) {
  const parts = [];
  if (flow.why) parts.push(h("p", { class: "message" }, flow.why));
  for (const warning of flow.warnings) parts.push(h("p", { class: "warning" }, `! ${warning}`));
  const facts = [["File", flow.file], ["Suite", flow.suite], ["Tags", flow.tags.join(", ")], ["Began", flow.started], ...flow.facts];
  parts.push(factsPart(facts.filter(([, value]) => value)));
  if (flow.command) {
    const code = h("code", {}, flow.command);
    parts.push(h("p", { class: "command" }, h("span", {}, "Run it again: "), code, " ", copyButton(flow.command, code)));
  }
  parts.push(valuePart("Outputs", flow.outputs), logsPart(flow.logs, flow.logsLeftOut), filesPart(flow.artifacts));
  return h("div", { class: "about" }, ...parts);
}
