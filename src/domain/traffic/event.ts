import { eventTypes } from '../events.js';
import { amountOf, channelOf, pickPage, pickReferrer } from './catalogue.js';
import { hexOf, type EventIds } from './event-id.js';
import { Padding } from './padding.js';
import { deriveKey, IndexedRandom, mix32 } from './random.js';
import type { SessionStep } from './sessions.js';

/** All that an event is written from, besides the seed: the same blueprint gives the same bytes. */
export interface EventBlueprint extends SessionStep {
  /** Of the record that the event was first sent as. */
  index: number;
  eventTimeMs: number;
  version: 1 | 2;
  sizeBytes: number;
  /** Whether a record of it has been sent that the lab should have taken as valid, so that it knows the id. */
  isKnown: boolean;
}

export const keyOf = (user: number): string => `u-${user}`;

/**
 * Writes valid events as JSON text. Put together by hand because it is the generator's hot path: every value is a number,
 * or text that needs no escaping. A test holds it against `eventSchema`.
 */
export class EventWriter {
  private readonly random: IndexedRandom;
  private readonly orders: IndexedRandom;
  private readonly sessionKey: number;
  private readonly padding = new Padding();

  constructor(
    seed: number,
    private readonly ids: EventIds,
  ) {
    this.random = new IndexedRandom(deriveKey(6, seed));
    this.orders = new IndexedRandom(deriveKey(7, seed));
    this.sessionKey = deriveKey(8, seed);
  }

  idOf(index: number): string {
    return this.ids.of(index);
  }

  /** @param id `idOf(event.index)` */
  write(event: EventBlueprint, id: string): string {
    const { index, user, version } = event;
    const type = eventTypes[event.type] ?? 'page_view';
    // A bijection of the session's number, so that no two sessions of a run share an id.
    const hash = mix32((event.session ^ this.sessionKey) >>> 0);
    this.random.seek(index);
    const details =
      event.type >= FIRST_ORDER_TYPE
        ? this.order(event.session)
        : `"page":"${pickPage(type, this.random)}","referrer":"${pickReferrer(this.random)}"`;
    const channel = version === 2 ? `,"channel":"${channelOf(mix32(hash))}"` : '';
    const text = `{"schema_version":${version},"event_id":"${id}","event_type":"${type}","event_time":${event.eventTimeMs},"user_id":"u-${user}","session_id":"s-${hexOf(hash)}",${details}${channel}}`;
    return event.sizeBytes > text.length ? this.padding.add(text, event.sizeBytes, this.random.word()) : text;
  }

  /** A session has one order; its refund is of that order and of the whole amount. */
  private order(session: number): string {
    this.orders.seek(session);
    const number = hexOf(this.orders.word());
    return `"order_id":"o-${number}","amount":${amountOf(this.orders.unit())}`;
  }
}

const FIRST_ORDER_TYPE = eventTypes.indexOf('order_placed');
