import type { Notification } from '../../../../src/domain/notify/notification.js';

/** A notification of an alert that fires, with what is given changed. */
export function notification(changes: Partial<Notification> = {}): Notification {
  return {
    id: 'revenue-drop/1',
    rule: 'revenue-drop',
    severity: 'critical',
    status: 'firing',
    summary: 'Revenue fell',
    firedAt: Date.UTC(2026, 10, 29, 12, 5),
    labels: {},
    ...changes,
  };
}

/** So many, of ids `0`, `1` and so on. */
export function notifications(count: number, changes: Partial<Notification> = {}): Notification[] {
  return Array.from({ length: count }, (_, n) => notification({ id: String(n), ...changes }));
}
