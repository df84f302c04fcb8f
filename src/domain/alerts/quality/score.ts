import { bandOf, type DetectorSettings } from '../detectors.js';
import type { GeneratedSeries } from './generated-series.js';

/** How well alerts and what was wrong agree. */
export interface Score {
  alerts: number;
  /** Alerts during something wrong, in its direction. */
  right: number;
  anomalies: number;
  found: number;
  minutes: number;
}

export const noScore: Score = { alerts: 0, right: 0, anomalies: 0, found: 0, minutes: 0 };

export interface Judging extends DetectorSettings {
  min_events: number;
  /** So many bad minutes in a row make an alert. */
  badMinutes: number;
}

interface Alert {
  from: number;
  to: number;
  isDrop: boolean;
}

/** As the engine does: see window-conditions.ts; a test holds the two together. */
export function alertsIn({ revenue, orders }: GeneratedSeries, judging: Judging): Alert[] {
  const alerts: Alert[] = [];
  const history: number[] = [];
  const volumes: number[] = [];
  let run: { from: number; isDrop: boolean; length: number } | undefined;
  let alert: Alert | undefined;
  revenue.forEach((value, minute) => {
    // Of what lies beside a hole nobody knows how much of the minute it was.
    const isPartial = minute === 0 || revenue[minute - 1] === null || revenue[minute + 1] === null;
    if (value === null || isPartial) return;
    const band = bandOf(judging, history);
    const recent = volumes.slice(-judging.windows);
    const volume = recent.reduce((sum, each) => sum + each, 0) / recent.length;
    history.push(value);
    volumes.push(orders[minute] ?? 0);
    if (band === undefined || volume < judging.min_events) return;
    if (value >= band.low && value <= band.high) {
      run = undefined;
      alert = undefined;
      return;
    }
    const isDrop = value < band.low;
    run = { from: run?.from ?? minute, isDrop: run?.isDrop ?? isDrop, length: (run?.length ?? 0) + 1 };
    if (alert !== undefined) alert.to = minute + 1;
    else if (run.length >= judging.badMinutes) {
      alert = { from: minute, to: minute + 1, isDrop };
      alerts.push(alert);
    }
  });
  return alerts;
}

export function scoreOf(series: GeneratedSeries, judging: Judging): Score {
  const alerts = alertsIn(series, judging);
  const { anomalies } = series;
  const isHit = (anomaly: GeneratedSeries['anomalies'][number], alert: Alert): boolean =>
    alert.from < anomaly.to && alert.to > anomaly.from && alert.isDrop === anomaly.factor < 1;
  return {
    alerts: alerts.length,
    right: alerts.filter((alert) => anomalies.some((anomaly) => isHit(anomaly, alert))).length,
    anomalies: anomalies.length,
    found: anomalies.filter((anomaly) => alerts.some((alert) => isHit(anomaly, alert))).length,
    minutes: series.revenue.length,
  };
}

export function addedScores(a: Score, b: Score): Score {
  return {
    alerts: a.alerts + b.alerts,
    right: a.right + b.right,
    anomalies: a.anomalies + b.anomalies,
    found: a.found + b.found,
    minutes: a.minutes + b.minutes,
  };
}

/** Of nothing fired, and of nothing to be found, 1. */
export function precisionOf({ alerts, right }: Score): number {
  return alerts === 0 ? 1 : right / alerts;
}

export function recallOf({ anomalies, found }: Score): number {
  return anomalies === 0 ? 1 : found / anomalies;
}
