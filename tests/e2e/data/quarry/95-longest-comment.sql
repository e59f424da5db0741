SELECT MAX(LENGTH(comment_text)), MIN(CHAR_LENGTH(comment_text)) FROM comment;
