import type { EventIds } from './event-id.js';
import {
  pickAmount,
  pickChannel,
  pickEventType,
  pickPage,
  pickReferrer,
  pickUser,
  pickVersion,
} from './catalogue.js';
import type { IndexedRandom } from './random.js';

/** Events of one user that share a session id lie within this many events of the stream. */
const EVENTS_PER_SESSION_BLOCK = 16_384;

/** The key and the value of a record. Every character of the value stands for one byte (Latin-1, in practice ASCII). */
export interface KeyedPayload {
  key: string;
  payload: string;
}

/**
 * A valid event as JSON text. Put together by hand because it is the generator's hot path: every value is a number,
 * or text that needs no escaping. A test holds it against `eventSchema`.
 */
export function writeEvent(
  index: number,
  eventTimeMs: number,
  random: IndexedRandom,
  ids: EventIds,
): KeyedPayload {
  const version = pickVersion(random);
  const eventType = pickEventType(random);
  const user = `u-${pickUser(random)}`;
  const session = `s-${user}-${Math.floor(index / EVENTS_PER_SESSION_BLOCK)}`;
  const details =
    eventType === 'order_placed' || eventType === 'order_refunded'
      ? `"order_id":"o-${random.word()}","amount":${pickAmount(random)}`
      : `"page":"${pickPage(eventType, random)}","referrer":"${pickReferrer(random)}"`;
  const channel = version === 2 ? `,"channel":"${pickChannel(random)}"` : '';
  return {
    key: user,
    payload: `{"schema_version":${version},"event_id":"${ids.of(index)}","event_type":"${eventType}","event_time":${eventTimeMs},"user_id":"${user}","session_id":"${session}",${details}${channel}}`,
  };
}
