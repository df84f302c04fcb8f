/** The few texts that many records share, each kept once. */
export class Texts {
  private readonly all: string[] = [];
  private readonly numbers = new Map<string, number>();

  numberOf(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    this.numbers.set(text, this.all.length);
    return this.all.push(text) - 1;
  }

  get size(): number {
    return this.all.length;
  }

  at(number: number): string | undefined {
    return this.all[number];
  }
}
