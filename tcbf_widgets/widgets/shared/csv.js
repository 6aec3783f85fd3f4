// Comma-separated values as RFC 4180 has them: CRLF, quotes doubled; missing numbers are empty cells.

/** Text of a table: columns is an object name -> array of equal lengths. */
export function csvText(columns) {
  const names = Object.keys(columns);
  const rows = Math.max(0, ...names.map((name) => columns[name].length));
  const lines = [names.map(cell).join(",")];
  for (let i = 0; i < rows; i++) lines.push(names.map((name) => cell(columns[name][i])).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

function cell(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  if (typeof value === "number") return String(Number(value.toPrecision(9)));
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
