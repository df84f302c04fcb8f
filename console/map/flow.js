// The pipeline from left to right: what is where, and how much goes on from there. Frames stay; only their texts change.
import { el, fill, icon } from '../lib/dom.js';
import { spark } from '../panels/spark.js';
import { checkpointLine, count, jobLine, length, percent, rate, seconds } from './words.js';

/** @typedef {import('../../src/domain/pipeline/view.js').PipelineView} View */

export class Flow {
  constructor() {
    this.raw = node('raw', 'Raw events', 'events.raw.v1');
    this.job = node('job', 'Flink job', '');
    this.results = node('results', 'Aggregates', 'events.agg-1m.v1');
    this.letters = node('letters', 'Dead letters', 'events.dlq.v1', { href: '/letters', text: 'Browse' });
    this.tables = node('tables', 'ClickHouse', 'tables and views');
    this.edges = {
      flink_in: edge('in'),
      aggregates_out: edge('out'),
      dlq_out: edge('dead'),
      read: edge('read'),
      readDead: edge('read-dead'),
      replayed: edge('back'),
    };
    this.element = el(
      'div',
      { class: 'flow', role: 'group', 'aria-label': 'The pipeline' },
      [this.raw, this.job, this.results, this.letters, this.tables].map(({ element }) => element),
      Object.values(this.edges).map(({ element }) => element),
    );
  }

  /** @param {View} view */
  update(view) {
    const hops = new Map(view.hops.map((hop) => [hop.hop, hop]));
    /** @param {View['hops'][number]['hop']} name */
    const hop = (name) => hops.get(name) ?? { perSecond: null, spark: [] };
    const reading = hop('clickhouse_rows');
    this.edges.flink_in.update(hop('flink_in').perSecond);
    this.edges.aggregates_out.update(hop('aggregates_out').perSecond);
    this.edges.dlq_out.update(hop('dlq_out').perSecond);
    this.edges.read.update(reading.perSecond, '');
    this.edges.readDead.update(reading.perSecond, '');
    const replays = view.verdicts.find(({ verdict }) => verdict === 'replayed')?.perSecond ?? null;
    this.edges.replayed.update(replays, `replays ${rate(replays)}`);
    this.raw.update(rate(hop('raw_in').perSecond), 'come in', hop('raw_in').spark, partitions(view));
    this.job.update(null, jobLine(view.job), [], [operators(view), facts(jobFacts(view))]);
    this.job.name(view.job?.state ?? 'no job', view.job?.state === 'RUNNING' ? 'good' : 'bad');
    this.results.update(
      rate(hop('aggregates_out').perSecond),
      'written at checkpoints',
      hop('aggregates_out').spark,
      facts([['ClickHouse waits for', waiting(view, 'events.agg-1m.v1')]]),
    );
    this.letters.update(
      rate(hop('dlq_out').perSecond),
      'failed',
      hop('dlq_out').spark,
      facts([
        ['Outstanding', count(view.letters.outstanding)],
        ['Replayed', count(view.letters.replayed)],
      ]),
    );
    this.tables.update(rate(reading.perSecond), 'read', reading.spark, facts(tableFacts(view)));
  }
}

/** @param {View} view @param {string} topic */
function waiting({ groups }, topic) {
  const group = groups.find((one) => one.topic === topic && one.reader === 'ClickHouse');
  if (group === undefined) return '–';
  // Markers of transactions take offsets too, and nobody waits for them.
  return group.lagSeconds === 0 ? 'nothing' : `${count(group.unreadRecords)} records`;
}

/** @param {View} view @returns {[string, string][]} */
function tableFacts({ endToEndSeconds, queueErrors, windows }) {
  const emitted = windows.reduce((newest, { emittedAt }) => Math.max(newest, emittedAt), 0);
  return [
    ['End to end', seconds(endToEndSeconds)],
    ['Newest result', emitted === 0 ? '–' : `${length(Math.max(0, Date.now() - emitted))} old`],
    ['Complaints', queueErrors.length === 0 ? 'none' : count(queueErrors.length)],
  ];
}

/** @param {View} view @returns {[string, string][]} */
function jobFacts({ job, watermark, groups }) {
  const own = groups.find(({ reader }) => reader === 'Flink job');
  return [
    ['Unread', `${count(own?.unreadRecords)} records`],
    ['Watermark', watermark.lagMs === null ? '–' : `${length(watermark.lagMs)} behind`],
    ['Checkpoint', checkpointLine(job)],
  ];
}

/** @param {readonly [string, string][]} rows */
function facts(rows) {
  return el(
    'dl',
    { class: 'facts' },
    rows.map(([term, text]) => el('div', {}, el('dt', { text: term }), el('dd', { text }))),
  );
}

/** @param {View} view */
function partitions({ groups }) {
  const rows = groups.find(({ reader }) => reader === 'Flink job')?.partitions ?? [];
  const most = Math.max(1, ...rows.map(({ endPerSecond }) => endPerSecond ?? 0));
  return el(
    'ul',
    { class: 'bars', 'aria-label': 'Partitions' },
    rows.slice(0, 12).map(({ partition, endPerSecond, end, position }) =>
      el(
        'li',
        {},
        el('span', { class: 'bars-name', text: `partition ${partition}` }),
        meter((endPerSecond ?? 0) / most, 'blue'),
        el('span', {
          class: 'bars-value',
          text: rate(endPerSecond),
          title: position === null ? '' : `${count(end - position)} unread`,
        }),
      ),
    ),
    rows.length > 12 ? el('li', { class: 'hint', text: `and ${rows.length - 12} more` }) : null,
  );
}

/** @param {View} view */
function operators({ operators: all, bottleneck }) {
  return el(
    'ul',
    { class: 'operators', 'aria-label': 'Operators' },
    all.slice(0, 8).map(({ id, name, planName, busy, backpressured, inPerSecond, outPerSecond }) =>
      el(
        'li',
        { class: id === bottleneck ? 'is-bottleneck' : '' },
        el('span', { class: 'operator-name', text: name, title: planName }),
        id === bottleneck ? el('span', { class: 'badge badge-warning', text: 'bottleneck' }) : null,
        el('span', { class: 'operator-rates', text: `${rate(inPerSecond)} in, ${rate(outPerSecond)} out` }),
        el(
          'span',
          { class: 'operator-load' },
          meter(busy ?? 0, 'green', backpressured ?? 0),
          el('span', {
            text: `${percent(busy)} busy${(backpressured ?? 0) >= 0.01 ? `, ${percent(backpressured)} held up` : ''}`,
          }),
        ),
      ),
    ),
    all.length > 8 ? el('li', { class: 'hint', text: `and ${all.length - 8} more` }) : null,
  );
}

/** @param {number} share @param {string} color @param {number} [second] */
export function meter(share, color, second = 0) {
  const width = (/** @type {number} */ value) => `${Math.max(0, Math.min(1, value)) * 100}%`;
  return el(
    'span',
    { class: 'meter', 'aria-hidden': 'true' },
    el('span', { style: { width: width(share), background: `var(--${color})` } }),
    second > 0 ? el('span', { style: { width: width(second), background: 'var(--orange)' } }) : null,
  );
}

/**
 * @param {string} place
 * @param {string} title
 * @param {string} below
 * @param {{ href: string, text: string }} [link]
 */
function node(place, title, below, link) {
  const badge = el('span', { class: 'badge', hidden: true });
  const number = el('p', { class: 'node-number' });
  const words = el('p', { class: 'node-words' });
  const line = el('div', { class: 'node-spark' });
  const body = el('div', { class: 'node-body' });
  const element = el(
    'section',
    { class: `node node-${place}`, 'aria-label': title },
    el(
      'header',
      {},
      el('h2', { text: title }),
      badge,
      link === undefined ? null : el('a', { class: 'node-link', href: link.href, text: link.text }),
    ),
    below === '' ? null : el('p', { class: 'node-below mono', text: below }),
    el('div', { class: 'node-figure' }, el('div', {}, number, words), line),
    body,
  );
  return {
    element,
    /**
     * @param {string | null} figure
     * @param {string} what
     * @param {readonly number[]} history
     * @param {Node | Node[]} content
     */
    update: (figure, what, history, content) => {
      number.hidden = figure === null;
      number.textContent = figure ?? '';
      words.textContent = what;
      fill(line, history.length > 1 ? spark(history) : null);
      fill(body, content);
    },
    /** @param {string} text @param {'good' | 'bad'} kind */
    name: (text, kind) => {
      badge.hidden = false;
      badge.className = `badge badge-${kind}`;
      badge.textContent = text;
    },
  };
}

/** What goes from one place to the next; it moves while something does. @param {string} place */
function edge(place) {
  const label = el('span', { class: 'edge-label' });
  const element = el(
    'div',
    { class: `edge edge-${place}` },
    el('span', { class: 'edge-line', 'aria-hidden': 'true' }),
    label,
    el('span', { class: 'edge-head', 'aria-hidden': 'true' }, icon('right')),
  );
  return {
    element,
    /** @param {number | null} perSecond @param {string} [text] */
    update: (perSecond, text = rate(perSecond)) => {
      label.textContent = text;
      element.classList.toggle('is-moving', (perSecond ?? 0) > 0);
    },
  };
}
