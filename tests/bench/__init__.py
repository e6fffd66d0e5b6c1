"""What measures briefgen, and the made-up records that it is measured on."""
