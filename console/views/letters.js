// The dead letters: a list, or one of them; and replays of them.
import { get } from '../lib/api.js';
import { el, fill, icon } from '../lib/dom.js';
import { LetterDetail } from '../letters/letter.js';
import { LetterList } from '../letters/list.js';
import { ReplayDialog } from '../letters/replay.js';
import { selectionOf, selectionOfLetter } from '../letters/words.js';

/** @typedef {import('../lib/address.js').Address} Address */
/** @typedef {import('../../src/domain/console/replay-task.js').ReplayTask} Task */

export class LettersView {
  title = 'Browse letters';

  /** @param {import('../main.js').Page} page */
  constructor(page) {
    this.page = page;
    const onSent = () => this.#refresh();
    this.list = new LetterList(page, () => {
      new ReplayDialog(page, { selection: selectionOf(page.address()), onSent });
    });
    this.detail = new LetterDetail(page, (letter) => {
      new ReplayDialog(page, { selection: selectionOfLetter(letter), onSent });
    });
    this.running = el('div', { class: 'banner banner-note', role: 'status', hidden: true });
    this.element = el('div', { class: 'view' }, this.running, this.list.element, this.detail.element);
  }

  /** @param {Address} address */
  update(address) {
    const { letter = '' } = address.other;
    this.list.element.hidden = letter !== '';
    this.detail.element.hidden = letter === '';
    if (letter === '') this.list.update(address);
    else this.detail.update(letter);
    void this.#lookForReplays();
  }

  destroy() {
    this.list.destroy();
    this.detail.destroy();
  }

  #refresh() {
    if (this.detail.element.hidden) this.list.refresh();
    else this.detail.refresh();
    void this.#lookForReplays();
  }

  /** A replay goes on without its dialog. */
  async #lookForReplays() {
    /** @type {Task[]} */
    const replays = await get('replays').catch(() => []);
    const task = replays.find(({ state }) => state === 'running');
    this.running.hidden = task === undefined;
    if (task === undefined) return;
    const open = el('button', {
      type: 'button',
      class: 'control',
      text: 'Show it',
      on: { click: () => new ReplayDialog(this.page, { task, onSent: () => this.#refresh() }) },
    });
    fill(this.running, icon('info'), 'A replay is under way.', open);
  }
}
