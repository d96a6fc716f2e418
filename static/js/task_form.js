// The form of a new task as a whole: the operation's rules as data, so that what cannot be is greyed out with its reason
// before it is sent. The server checks all of it again. Single controls: controls.js, pickers.js.
(() => {
  const form = document.querySelector("[data-task-form]");
  if (!form) return;
  const { rules, automatic, corrections } = JSON.parse(form.dataset.rules);

  // Back brings the same form, not a fresh one: sending it again unchanged is the same request.
  const formKey = form.elements.form_key;
  if (history.state?.formKey) formKey.value = history.state.formKey;
  else history.replaceState({ ...history.state, formKey: formKey.value }, "");

  const getControl = (name) => form.querySelector(`[data-control][data-name="${name}"]`);
  // What lies in a way that was not chosen does not count, as it is not sent.
  const getInputs = (name) =>
    [...form.elements].filter((element) => element.name === name && !element.closest("fieldset:disabled"));

  // --- Values as the vendor would see them: what was given, else what Patina fills in, else the vendor's default

  const getGiven = (name) => {
    const inputs = getInputs(name);
    const kind = getControl(name)?.dataset.control;
    if (kind === "switch") return inputs[0]?.checked ?? false;
    if (kind === "tiles") return inputs.filter((input) => input.checked).map((input) => input.value);
    if (kind === "asset_list") return inputs.map((input) => input.value);
    if (inputs[0]?.type === "radio") return inputs.find((input) => input.checked)?.value ?? "";
    return inputs[0]?.value ?? "";
  };

  const isGiven = (value) => value !== false && value.length !== 0;

  const getChosenFile = (name) => getInputs(name)[0]?.selectedOptions?.[0]?.dataset ?? {};

  const fillIn = ({ fills, of, value }) => {
    const source = getGiven(of);
    if (fills === "format_of") return getChosenFile(of).format ?? "";
    if (fills === "count_of") return source.length ? String(source.length) : "";
    return source.length ? value : "";
  };

  const getDefault = (name) => {
    const filler = automatic.find((item) => item.field === name);
    return (filler && fillIn(filler)) || (getControl(name)?.dataset.default ?? "");
  };

  const getValue = (name) => {
    const given = getGiven(name);
    return given === "" ? getDefault(name) : given;
  };

  // --- What the rules found: which options cannot be chosen, and sentences, by field

  let refusals = {};
  let sentences = {};

  const refuse = (name, refuses, reason) => (refusals[name] ??= []).push({ refuses, reason });
  const say = (name, text) => (sentences[name] ??= []).push(text);

  const check = {
    forbids: ({ when, field, refused, reason }) => {
      const holds = Object.entries(when).every(([name, value]) => getValue(name) === value);
      if (holds) refuse(field, (value) => refused.includes(value), reason);
    },
    at_least_one: ({ fields, reason }) => {
      if (!fields.some((name) => getValue(name))) say(fields[0], reason);
    },
    differs: ({ fields: [name, other], reason }) => {
      const taken = getValue(name);
      if (taken) refuse(other, (value) => value === taken, reason);
    },
    counts_items: ({ field, of, reason }) => {
      const count = getGiven(of).length;
      const given = getGiven(field);
      if (count && given !== "" && Number(given) !== count) say(field, reason);
    },
    excludes: ({ when, field, reason }) => {
      const holds = Object.entries(when).every(([name, value]) => getValue(name) === value);
      if (holds && isGiven(getGiven(field))) say(field, reason);
    },
    needs: ({ field, values, other, allowed, reason }) => {
      const value = getValue(field);
      const holds = values.length ? values.includes(value) : isGiven(value);
      if (!holds) return;
      const known = allowed.includes(getDefault(other)) ? "" : allowed[0];
      const isTyped = getControl(other)?.querySelector("[data-open-other]:checked");
      if (!isTyped && !allowed.includes(getValue(other))) choose(other, known);
      refuse(other, (option) => !allowed.includes(option || getDefault(other)), reason);
      if (!allowed.includes(getValue(other))) say(other, reason);
    },
  };

  const getOptions = (name) => [
    ...form.querySelectorAll(`[data-name="${name}"] :is(input[type=radio], option):not([data-open-other])`),
  ];

  const choose = (name, value) => {
    const option = getOptions(name).find((each) => each.value === value && each.closest("datalist") === null);
    if (option?.type === "radio") option.checked = true;
    else if (option) option.selected = true;
    const text = getControl(name)?.querySelector("[data-open-text]");
    if (!text || !option) return;
    text.value = value;
    text.classList.add("plain-only");
  };

  // A choice that has become impossible goes back to the empty one, or to nothing.
  const letGo = (name, option) => {
    option.checked = false;
    const empty = getOptions(name).find((other) => other.value === "" && !other.disabled);
    if (empty) empty.checked = true;
    const text = getControl(name).querySelector("[data-open-text]");
    if (text) text.value = "";
  };

  const getLabel = (option) => {
    const label = option.closest("label") ?? option;
    return (label.querySelector("[data-word]") ?? label).textContent.trim();
  };

  const grey = (name, found) => {
    const words = {};
    for (const option of getOptions(name)) {
      const refusal = found.find(({ refuses }) => refuses(option.value));
      option.disabled = Boolean(refusal);
      option.closest("label")?.classList.toggle("is-refused", Boolean(refusal));
      option.closest("label")?.setAttribute("title", refusal?.reason ?? "");
      if (refusal && option.checked) letGo(name, option);
      if (refusal && !option.closest("datalist")) (words[refusal.reason] ??= []).push(getLabel(option));
    }
    for (const [reason, labels] of Object.entries(words)) say(name, `${labels.join(", ")} cannot be chosen: ${reason}`);
  };

  // --- Switches that would fail with the chosen file: off, with the reason, and back when another one is chosen

  const correct = {
    off_without_uvs: ({ field, of, reason }) => {
      const box = getControl(field)?.querySelector("input");
      if (!box) return;
      const lacks = getChosenFile(of).hasUvs === "no";
      if (lacks) {
        box.dataset.wanted ??= box.checked ? "yes" : "no";
        box.checked = false;
        say(field, reason);
      } else if (box.disabled) {
        box.checked = box.dataset.wanted === "yes";
        delete box.dataset.wanted;
      }
      box.disabled = lacks;
    },
  };

  const RETIRED = "The vendor has retired this one and refuses it today.";

  const showFilledIn = () => {
    for (const item of automatic) {
      const control = getControl(item.field);
      const value = control && fillIn(item);
      const number = control?.querySelector("input[type=number]");
      if (number) number.placeholder = value ? `${value}, automatic` : "Automatic";
      const empty = control?.querySelector('input[type=radio][value=""]:not([data-open-other]) + span');
      const chosen = value && control.querySelector(`input[type=radio][value="${CSS.escape(value)}"]`);
      if (empty) empty.textContent = chosen ? `Automatic: ${getLabel(chosen)}` : "Automatic";
    }
  };

  // Written once everything is known; what the server says beside the field already is not said twice.
  const explain = (control) => {
    const name = control.dataset.name;
    const said = control.querySelector(".field-error")?.textContent ?? "";
    const text = (sentences[name] ?? []).filter((sentence) => !said.includes(sentence)).join(" ");
    const place = control.querySelector("[data-reason]");
    if (place && place.textContent !== text) place.textContent = text;
  };

  const refresh = () => {
    [refusals, sentences] = [{}, {}];
    for (const rule of rules) check[rule.rule]?.(rule);
    for (const item of corrections) correct[item.corrects]?.(item);
    for (const control of form.querySelectorAll("[data-control]")) {
      grey(control.dataset.name, refusals[control.dataset.name] ?? []);
      if (control.querySelector("[data-retired]:checked")) say(control.dataset.name, RETIRED);
      explain(control);
    }
    showFilledIn();
  };

  form.addEventListener("input", refresh);
  form.addEventListener("change", refresh);
  addEventListener("pageshow", refresh);
  refresh();
  form.querySelector("[data-error-summary]")?.focus();
  const tabs = document.querySelector(".operation-tabs");
  const tab = tabs.querySelector("[aria-current]");
  tabs.scrollLeft = tab.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || form.querySelector("dialog[open]")) return;
    event.preventDefault();
    form.querySelector("[data-run]:enabled")?.click();
  });

  // The file came with the address: what is left is the words. (A finger would get a keyboard over it all.)
  const words = form.querySelector("[data-control=prompt] textarea");
  const isAnswer = document.querySelector("[data-error-summary]") || form.dataset.draftOffer === undefined;
  if (words && location.search && !isAnswer && !words.value && matchMedia("(pointer: fine)").matches) {
    words.focus({ preventScroll: true });
  }
})();
