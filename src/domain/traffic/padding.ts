import { deriveKey, IndexedRandom } from './random.js';

const START = ',"padding":"';
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const NOISE_LENGTH = 65_536;

/** Makes events longer by a field that nobody knows. Its text is random, of 64 letters: compression wins a quarter at most. */
export class Padding {
  private noise: string | undefined;

  /**
   * @param text one JSON object
   * @param bytes length that it should have; it gets an empty field at least
   * @param word where in the random text to begin
   */
  add(text: string, bytes: number, word: number): string {
    const missing = Math.max(0, bytes - text.length - START.length - 1);
    return `${text.slice(0, -1)}${START}${this.take(missing, word % NOISE_LENGTH)}"}`;
  }

  private take(length: number, start: number): string {
    const noise = (this.noise ??= makeNoise());
    if (start + length <= NOISE_LENGTH) return noise.slice(start, start + length);
    return (noise.slice(start) + noise.repeat(Math.ceil(length / NOISE_LENGTH))).slice(0, length);
  }
}

function makeNoise(): string {
  const random = new IndexedRandom(deriveKey(9));
  random.seek(0);
  return Array.from({ length: NOISE_LENGTH }, () => alphabet[random.below(alphabet.length)]).join('');
}
