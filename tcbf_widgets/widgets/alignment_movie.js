export const whatIsMissing = () => "soon";
export function show() {}
