import type { PlannedStep } from '../plan.js';
import type { DependencyCondition, StackService } from './stack.js';

export type StackAction =
  | { type: 'pull-image'; image: string }
  | { type: 'create-network'; network: string }
  | { type: 'create-volume'; volume: string }
  | { type: 'remove-container'; id: string; name: string }
  | { type: 'create-container'; service: StackService }
  | { type: 'connect-network'; service: StackService; network: string }
  | { type: 'start-container'; service: StackService; unpause: boolean }
  | { type: 'wait-for'; service: StackService; condition: 'healthy' | 'completed' };

/** A step of bringing a stack up. It may be taken once every step that it needs is done. */
export interface StackStep extends PlannedStep {
  id: string;
  needs: readonly string[];
  action: StackAction;
}

export type StackPlan = readonly StackStep[];

export const pullId = (image: string): string => `pull ${image}`;
export const createId = ({ name }: StackService): string => `create ${name}`;
export const startId = ({ name }: { name: string }): string => `start ${name}`;
export const removeId = (name: string): string => `remove ${name}`;

export type WaitCondition = Exclude<DependencyCondition, 'service_started'>;

export const waitId = (service: string, condition: WaitCondition): string =>
  `wait ${service} ${condition === 'service_healthy' ? 'healthy' : 'completed'}`;
