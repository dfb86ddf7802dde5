// What comes from elsewhere may be anything: what it is taken for, or nothing.

type Bag = Record<string, unknown>;

export const isBag = (raw: unknown): raw is Bag =>
  typeof raw === "object" && raw !== null && !Array.isArray(raw);

/** A number that can be reckoned with; null: it is none. */
export const finite = (raw: unknown): number | null =>
  typeof raw === "number" && Number.isFinite(raw) ? raw : null;

export const list = (raw: unknown): unknown[] => (Array.isArray(raw) ? raw : []);
