export const isLate = (deadlineMs: number): boolean => Date.now() > deadlineMs
