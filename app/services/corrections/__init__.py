"""What follows when an issued document no longer says what is true: КСФ, УКД, исправление, акт сверки."""
