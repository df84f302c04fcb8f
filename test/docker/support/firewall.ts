import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Addresses for the networks of one engine, for instance `10.217.0.0/16`. */
export function freeSubnet(): string {
  return `10.${randomInt(192, 256)}.0.0/16`;
}

/** A bridge with the last of the engine's addresses, for containers that name no network. */
export function addBridge(name: string, subnet: string): void {
  const address = subnet.replace(/0\.0\/16$/, '255.1/24');
  execFileSync('ip', ['link', 'add', name, 'type', 'bridge']);
  execFileSync('ip', ['address', 'add', address, 'dev', name]);
  execFileSync('ip', ['link', 'set', name, 'up']);
}

export function removeBridge(name: string): void {
  spawnSync('ip', ['link', 'delete', name]);
}

/**
 * Opens the firewall for an engine that leaves the firewall alone. Another engine on the machine usually has it drop
 * what is forwarded, and with the kernel's br_netfilter that hits containers of one network too: one rule lets traffic
 * within the bridges of these addresses pass, and nothing else.
 */
export function openBridges(subnet: string): void {
  if (bridgesAreFiltered()) execFileSync('iptables', ['-w', '-I', 'FORWARD', ...rule(subnet)]);
}

/** Takes the rule away, if it is there. */
export function closeBridges(subnet: string): void {
  if (bridgesAreFiltered()) spawnSync('iptables', ['-w', '-D', 'FORWARD', ...rule(subnet)]);
}

function rule(subnet: string): string[] {
  return ['-s', subnet, '-d', subnet, '-m', 'physdev', '--physdev-is-bridged', '-j', 'ACCEPT'];
}

function bridgesAreFiltered(): boolean {
  try {
    return readFileSync('/proc/sys/net/bridge/bridge-nf-call-iptables', 'utf8').trim() === '1';
  } catch {
    return false;
  }
}
