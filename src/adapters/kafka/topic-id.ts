/** The library writes topic ids with hyphens; everywhere else they are 32 hex digits. */
export const topicIdFromWire = (uuid: string): string => uuid.replaceAll('-', '')
