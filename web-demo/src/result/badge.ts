/**
 * A badge to embed elsewhere: how many imports there were, and how many are left.
 */

/** Roughly what a character takes, at eleven pixels. */
const CHARACTER = 6.6;

function escaped(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The words of a badge. */
export function badgeText(before: number, after: number): string {
  return `${before} → ${after} imports`;
}

/** It, as an image that loads nothing. */
export function badge(before: number, after: number): string {
  const [left, right] = ['wasi-virt', badgeText(before, after)];
  const width = (text: string): number => Math.round(text.length * CHARACTER) + 12;
  const [a, b] = [width(left), width(right)];
  const title = escaped(`${left}: ${right}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${a + b}" height="20" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<rect width="${a}" height="20" fill="#33434a"/>`,
    `<rect x="${a}" width="${b}" height="20" fill="${after === 0 ? '#0b6b58' : '#0f3a41'}"/>`,
    '<g fill="#fff" font-family="Verdana,sans-serif" font-size="11" text-anchor="middle">',
    `<text x="${a / 2}" y="14">${left}</text>`,
    `<text x="${a + b / 2}" y="14">${right}</text>`,
    '</g></svg>',
  ].join('');
}
