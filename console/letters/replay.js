// A replay, step by step: what to do, the dry run, the confirmation, the sending, and what came of it.
import { asApiError, get, post } from '../lib/api.js';
import { openDialog } from '../lib/dialog.js';
import { el, fill, icon } from '../lib/dom.js';
import { confirmation, dryRunReport, resultReport } from './replay-report.js';
import { selectionWords } from './words.js';

/** @typedef {import('../../src/domain/console/replay-task.js').ReplayTask} Task */
/** @typedef {import('./words.js').Selection} Selection */

const pollMs = 400;

export class ReplayDialog {
  /** @type {Task | undefined} */
  #task;
  #closed = false;

  /**
   * @param {import('../main.js').Page} page
   * @param {{ selection?: Selection, task?: Task, onSent: () => void }} given a selection to begin with, or a replay that runs
   */
  constructor(page, { selection = {}, task, onSent }) {
    this.token = page.session.token;
    this.selection = selection;
    this.onSent = onSent;
    this.body = el('div', { class: 'replay' });
    this.form = new OrderForm(selection, (order) => void this.#dryRun(order));
    if (task === undefined) this.#show('What to replay', this.form.element);
    openDialog({
      title: 'Replay dead letters',
      content: this.body,
      class: 'dialog-replay',
      onClose: () => {
        this.#closed = true;
        // A dry run is nobody's any more; what sends goes on.
        if (this.#task?.kind === 'dryRun' && this.#task.state === 'running') void this.#stop();
      },
    });
    if (task !== undefined) void this.#follow(task);
  }

  /**
   * @param {string} title
   * @param {...import('../lib/dom.js').Child} content
   */
  #show(title, ...content) {
    const heading = el('h3', { text: title, tabindex: '-1' });
    fill(this.body, heading, content);
    heading.focus();
  }

  /** @param {object} order */
  async #dryRun(order) {
    await this.#begin(post('replays/dry-run', order, this.token));
  }

  /** @param {Task} dryRun */
  async #send(dryRun) {
    await this.#begin(post('replays/confirm', { id: dryRun.id }, this.token));
  }

  /** @param {Promise<Task>} asked */
  async #begin(asked) {
    try {
      await this.#follow(await asked);
    } catch (error) {
      this.#fail(asApiError(error));
    }
  }

  async #stop() {
    if (this.#task !== undefined)
      await post('replays/stop', { id: this.#task.id }, this.token).catch(() => undefined);
  }

  /** Until it is over. @param {Task} begun */
  async #follow(begun) {
    let task = begun;
    this.#task = task;
    // Closed before it was known that it began.
    if (this.#closed && task.kind === 'dryRun') return this.#stop();
    const bar = el('progress', { max: '1', 'aria-label': 'Progress' });
    const detail = el('p', { role: 'status', text: '…' });
    const stop = el('button', {
      type: 'button',
      class: 'control',
      text: 'Stop',
      on: { click: () => void this.#stop() },
    });
    const note = el('p', {
      class: 'hint',
      text: 'It goes on when this is closed. What is sent when it is stopped stays sent.',
    });
    const isDry = task.kind === 'dryRun';
    this.#show(
      isDry ? 'Dry run' : 'Sending',
      bar,
      detail,
      isDry ? null : note,
      el('div', { class: 'actions' }, stop),
    );
    while (task.state === 'running' && !(this.#closed && isDry)) {
      const {
        title,
        detail: words,
        fraction,
      } = task.progress ?? { title: 'Beginning', detail: '', fraction: null };
      if (fraction === null) bar.removeAttribute('value');
      else bar.value = fraction;
      const sentence = words === '' ? `${title} …` : `${title}: ${words}`;
      if (detail.textContent !== sentence) detail.textContent = sentence;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      task = await get('replays/task', new URLSearchParams({ id: task.id }));
      this.#task = task;
    }
    if (!isDry) this.onSent();
    if (!this.#closed) this.#showEnd(task);
  }

  /** @param {Task} task */
  #showEnd(task) {
    if (task.failure !== null || task.result === null) {
      this.#fail(task.failure ?? { message: 'It has not ended.', suggestions: [] });
      return;
    }
    if (task.kind === 'replay') {
      this.#show('Sent', resultReport(task.result), this.#actions());
      return;
    }
    const send = el('button', {
      type: 'button',
      class: 'control control-primary',
      text: `Send ${task.result.replayed === 1 ? 'it' : 'them'} again…`,
      on: { click: () => this.#confirm(task) },
    });
    this.#show(
      'Dry run: nothing was sent',
      dryRunReport(task.result, task.command),
      this.#actions(task.question === null ? null : send),
    );
  }

  /** @param {Task} task */
  #confirm(task) {
    const back = el('button', {
      type: 'button',
      class: 'control',
      text: 'Back',
      on: { click: () => this.#showEnd(task) },
    });
    const { content, actions } = confirmation(task.question ?? '', () => void this.#send(task));
    this.#show('Send them?', content, el('div', { class: 'actions' }, back, actions));
  }

  /** @param {import('../lib/dom.js').Child} [more] */
  #actions(more = null) {
    const other = el('button', {
      type: 'button',
      class: 'control',
      text: 'Another dry run',
      on: { click: () => this.#show('What to replay', this.form.element) },
    });
    return el('div', { class: 'actions' }, other, more);
  }

  /** @param {{ message: string, suggestions: readonly string[] }} failure */
  #fail({ message, suggestions }) {
    const banner = el(
      'div',
      { class: 'banner', role: 'alert' },
      icon('alert'),
      `${message} ${suggestions.join(' ')}`,
    );
    this.#show('That did not work', banner, this.#actions());
  }
}

/** What is asked for: which letters, whether to repair them, how many and how fast. */
class OrderForm {
  /**
   * @param {Selection} selection
   * @param {(order: object) => void} submit
   */
  constructor(selection, submit) {
    this.expression = el('textarea', {
      class: 'control',
      rows: '3',
      spellcheck: 'false',
      'aria-label': 'JSONata expression',
      placeholder: '$merge([$, {"amount": total}])',
    });
    this.limit = numberInput();
    this.rate = numberInput();
    const choices = /** @type {const} */ ([
      ['none', 'As they are: what is invalid stays'],
      ['shipped', 'Repaired, where one of the rules fits that ship with streamlab'],
      ['expression', 'Repaired by an expression of your own (JSONata)'],
    ]);
    this.radios = choices.map(([value]) =>
      el('input', {
        type: 'radio',
        name: 'repair',
        value,
        checked: value === 'none',
        on: { change: () => this.#toggle() },
      }),
    );
    this.element = el(
      'form',
      {
        class: 'order',
        on: {
          submit: (event) => {
            event.preventDefault();
            submit({ selection, repair: this.#repair(), ...this.#numbers() });
          },
        },
      },
      el('p', { class: 'wrap', text: `Dead letters ${selectionWords(selection)}.` }),
      el(
        'fieldset',
        {},
        el('legend', { text: 'Send them' }),
        choices.map(([, text], n) => el('label', { class: 'choice' }, this.radios[n], el('span', { text }))),
        this.expression,
      ),
      el('label', { class: 'field' }, el('span', { text: 'At most (letters)' }), this.limit),
      el('label', { class: 'field' }, el('span', { text: 'Not faster than (letters a second)' }), this.rate),
      el('p', { class: 'hint', text: 'A dry run says first what would be sent, and what it would change.' }),
      el(
        'div',
        { class: 'actions' },
        el('button', { type: 'submit', class: 'control control-primary', text: 'Dry run' }),
      ),
    );
    this.#toggle();
  }

  #toggle() {
    const isOwn = this.radios[2]?.checked === true;
    this.expression.hidden = !isOwn;
    this.expression.required = isOwn;
  }

  #repair() {
    const chosen = this.radios.find(({ checked }) => checked)?.value ?? 'none';
    return chosen === 'expression' ? { expression: this.expression.value } : chosen;
  }

  #numbers() {
    const [limit, rate] = [this.limit.valueAsNumber, this.rate.valueAsNumber];
    return { ...(Number.isNaN(limit) ? {} : { limit }), ...(Number.isNaN(rate) ? {} : { rate }) };
  }
}

function numberInput() {
  return el('input', {
    type: 'number',
    class: 'control',
    min: '1',
    max: '1000000000',
    step: '1',
    placeholder: 'no limit',
  });
}
