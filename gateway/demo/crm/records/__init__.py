"""What the CRM knows, one file a topic: functions over the database, for a user who asks.

A user sees and changes what belongs to their account, nothing else. Fields that hold what people
would not want others to read: `private_notes` of a contact, `survey_comments` of a survey,
`meeting_notes` of a meeting.
"""
